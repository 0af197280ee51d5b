// Decisions and FEEL as the API answers them; numbers keep all their digits.
import { parseExact } from '../lib/inputs'
import { api, type Options } from './client'
import type { Title } from './types'

export interface DecisionInput { name: string; type: string; title?: Title | string; allowed?: unknown }
export interface DecisionHead { app: string; name: string; title: Title | string; inputs: DecisionInput[]; outputs?: { name: string; type: string }[] }
export type Flaw = 'gap' | 'overlap' | 'unreachable'
export interface Finding { flaw: Flaw; table: string; rule: number; other: number; inputs: string; line: number; column: number }
export interface DecisionFull extends DecisionHead { xml: string; findings: Finding[] }
export interface Match { table: string; rule: number; inputs: unknown[]; outputs: unknown[]; annotations: string[] }
export interface Warning { sentence: string; element?: string; cell?: string; line?: number; column?: number }
export interface Decided { value: unknown; matched: Match[]; warnings: Warning[] }
export interface Evaluated { value: unknown; type: string; warnings: Warning[] }
export interface Kept { app?: string; decision: string; title?: Title | string; value: unknown; matched?: Match[]; inputs?: unknown; at: string }

// The routes of decisions are answered by their own shapes; all go the one way of client.ts.
const get = api.get as unknown as <T>(path: string, o?: Options) => Promise<T>
const post = api.post as unknown as <T>(path: string, body: unknown, o?: Options) => Promise<T>
const DECISION = '/decisions/{app}/{name}'

export const decisions = async (signal?: AbortSignal): Promise<DecisionHead[]> => (await get<{ decisions: DecisionHead[] }>('/decisions', { signal })).decisions
export const decision = (app: string, name: string, signal?: AbortSignal): Promise<DecisionFull> => get(DECISION, { path: { app, name }, signal })
export const decide = (app: string, name: string, inputs: Record<string, unknown>, signal?: AbortSignal): Promise<Decided> =>
  post(DECISION, { inputs }, { path: { app, name }, signal, parse: parseExact })
export const evaluate = (expression: string, context: unknown, signal?: AbortSignal): Promise<Evaluated> =>
  post('/feel', { expression, context }, { signal, parse: parseExact })
export async function keptOf(type: string, id: number, signal?: AbortSignal): Promise<Kept[]> {
  const answer = await get<{ decisions: Kept[] } | Kept[]>('/records/{type}/{id}/decisions', { path: { type, id }, signal, parse: parseExact })
  return Array.isArray(answer) ? answer : answer.decisions
}
