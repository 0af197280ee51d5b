// Which site this window is in: its address begins with /s/CODE, or names none.
export function placeOf(path: string): string {
  return /^\/s\/[1-9]\d*(?=\/|$)/.exec(path)?.[0] ?? ''
}
export const place = typeof location === 'undefined' ? '' : placeOf(location.pathname)
/** An address of the server that an answer names, below this site. */
export const placed = (path: string): string => place + path
