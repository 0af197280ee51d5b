// The one way to the server: typed by the OpenAPI document, with CSRF, idempotency and problems.
import type { paths } from './schema'
import { place } from '../lib/place'
import type { FileInfo, ProblemBody } from './types'

type Json<O> = O extends { responses: infer R }
  ? {
      [C in keyof R]: C extends 200 | 201
        ? R[C] extends { content: { 'application/json': infer B } } ? B : undefined
        : never
    }[keyof R & (200 | 201)]
  : never
type Verb<P, M extends string> = P extends { [K in M]: infer O } ? Json<O> : never
type Body<P, M extends string> = P extends {
  [K in M]: { requestBody?: { content: { 'application/json': infer B } } }
} ? B : never
type With<M extends string> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never
}[keyof paths]

export interface Options {
  path?: Record<string, string | number>
  query?: Record<string, string | number | string[] | null | undefined>
  ifMatch?: number
  signal?: AbortSignal
  /** reads the answer in another way than JSON.parse */
  parse?: (text: string) => unknown
}

/** What the server refused, in its own words. */
export class Problem extends Error {
  constructor(readonly status: number, readonly body: ProblemBody) {
    super(body.detail || body.title)
  }
  get slug(): string {
    return this.body.type.replace(/^.*\//, '')
  }
  /** Sentence for a field, if the server found fault with it. */
  field(name: string): string | undefined {
    return this.body.errors?.find((e) => e.field === name)?.detail
  }
}

const state = { csrf: '', language: 'zh', onExpired: () => {} }
export const setCsrf = (csrf: string): void => void (state.csrf = csrf)
export const setLanguage = (language: string): void => void (state.language = language)
export const onExpired = (f: () => void): void => void (state.onExpired = f)

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}

export function url(path: string, o: Options = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, k: string) => encodeURIComponent(String(o.path?.[k] ?? '')))
  const query = new URLSearchParams()
  for (const [k, v] of Object.entries(o.query ?? {})) {
    if (v === undefined || v === null || v === '') continue
    for (const one of Array.isArray(v) ? v : [v]) query.append(k, String(one))
  }
  const text = query.toString()
  return `${place}/api/v1${filled}${text ? `?${text}` : ''}`
}

const offline = {
  zh: ['连不上服务器', '请检查网络；已填写的内容仍在，恢复后可再次提交。'],
  en: ['The server cannot be reached', 'Check the network; what you typed is kept and can be sent again.'],
}

export function lost(): Problem {
  const [detail, hint] = state.language === 'en' ? offline.en : offline.zh
  return new Problem(0, { type: '/problems/network.lost', title: detail, status: 0, detail, hint })
}

function refusal(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as ProblemBody
    if (body && typeof body === 'object' && 'type' in body) return new Problem(status, body)
  } catch {
    // not a problem document: said below in our own words
  }
  const detail = state.language === 'en' ? `The server answered ${status}` : `服务器答复 ${status},没有说明原因`
  return new Problem(status, { type: '/problems/http', title: detail, status, detail })
}

function headers(method: string, json: boolean, o: Options): Record<string, string> {
  const h: Record<string, string> = { Accept: 'application/json', 'Accept-Language': state.language }
  if (json) h['Content-Type'] = 'application/json'
  if (o.ifMatch !== undefined) h['If-Match'] = `"${o.ifMatch}"`
  if (method !== 'GET') {
    h['X-CSRF-Token'] = state.csrf
    h['Idempotency-Key'] = newKey()
  }
  return h
}

async function call(method: string, path: string, body: unknown, o: Options): Promise<unknown> {
  let answer: Response
  try {
    answer = await fetch(url(path, o), {
      method,
      headers: headers(method, body !== undefined, o),
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      signal: o.signal,
    })
  } catch (e) {
    if ((e as Error).name === 'AbortError') throw e
    throw lost()
  }
  const text = await answer.text()
  if (!answer.ok) {
    if (answer.status === 401 && !/^\/(session|province)/.test(path)) state.onExpired()
    throw refusal(answer.status, text)
  }
  return text ? (o.parse ?? JSON.parse)(text) : undefined
}

export const api = {
  get: <P extends With<'get'>>(path: P, o: Options = {}) =>
    call('GET', path, undefined, o) as Promise<Verb<paths[P], 'get'>>,
  post: <P extends With<'post'>>(path: P, body?: Body<paths[P], 'post'>, o: Options = {}) =>
    call('POST', path, body, o) as Promise<Verb<paths[P], 'post'>>,
  patch: <P extends With<'patch'>>(path: P, body: Body<paths[P], 'patch'>, o: Options = {}) =>
    call('PATCH', path, body, o) as Promise<Verb<paths[P], 'patch'>>,
  remove: <P extends With<'delete'>>(path: P, body?: Body<paths[P], 'delete'>, o: Options = {}) =>
    call('DELETE', path, body, o) as Promise<Verb<paths[P], 'delete'>>,
}

/** Sends a file as it is, telling how much has gone; used for evidence and for imports. */
export function send<T>(target: string, file: File, type: string, progress?: (part: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest()
    x.open('POST', target)
    const h = headers('POST', false, {})
    for (const k of Object.keys(h)) x.setRequestHeader(k, h[k])
    x.setRequestHeader('Content-Type', type)
    x.upload.onprogress = (e) => e.lengthComputable && progress?.(e.loaded / e.total)
    x.onerror = () => reject(lost())
    x.onload = () => {
      if (x.status >= 200 && x.status < 300) resolve(JSON.parse(x.responseText) as T)
      else reject(refusal(x.status, x.responseText))
    }
    x.send(file)
  })
}

export const putFile = (file: File, progress?: (part: number) => void): Promise<FileInfo> =>
  send(url('/files', { query: { name: file.name } }), file, file.type || 'application/octet-stream', progress)
