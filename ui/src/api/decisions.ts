// Decisions and FEEL as the API answers them; numbers keep all their digits.
import { parseExact } from '../lib/inputs'
import { api, type Options } from './client'

export interface DecisionInput { name: string; type: string }
export interface DecisionHead { name: string; app: string; decision: string; id: string; kind: 'decision' | 'service'; file: string; model: string; type: string; inputs: DecisionInput[] }
export type Flaw = 'gap' | 'overlap' | 'unreachable'
export interface Finding { kind: Flaw; sentence: string; table: string; element: string; rule: number; other: number; inputs: string; line: number; column: number }
export interface DecisionFull extends DecisionHead { xml: string; findings: Finding[]; incomplete: boolean }
export interface Match { table: string; element: string; rule: number; inputs: unknown[]; outputs: unknown[]; annotations: string[] }
export interface Warning { slug: string; sentence: string; element: string; cell: string; line: number; column: number }
export interface Decided { value: unknown; type: string; matched: Match[]; warnings: Warning[] }
export interface FeelFault { slug?: string; detail: string; hint?: string; position?: { line: number; column: number } }
export interface Evaluated { value: unknown; type: string | null; warnings: Warning[]; error: FeelFault | null }
export interface Kept { id: number; decision: string; node: string; at: string; by: string; by_name: string; masked: boolean; inputs: Record<string, unknown> | null; value: unknown; matched: Match[]; warnings: Warning[] }

// The routes of decisions are answered by their own shapes; all go the one way of client.ts.
const get = api.get as unknown as <T>(path: string, o?: Options) => Promise<T>
const post = api.post as unknown as <T>(path: string, body: unknown, o?: Options) => Promise<T>
const DECISION = '/decisions/{app}/{name}'

export const decisions = (signal?: AbortSignal): Promise<DecisionHead[]> => get('/decisions', { signal })
/** The page of a decision. */
export const decisionPath = (app: string, name: string): string => `/decisions/${encodeURIComponent(app)}/${encodeURIComponent(name)}`
export const decision = (app: string, name: string, signal?: AbortSignal): Promise<DecisionFull> => get(DECISION, { path: { app, name }, signal })
export const decide = (app: string, name: string, inputs: Record<string, unknown>, signal?: AbortSignal): Promise<Decided> =>
  post(DECISION, { inputs }, { path: { app, name }, signal, parse: parseExact })
export const evaluate = (expression: string, context: unknown, signal?: AbortSignal): Promise<Evaluated> =>
  post('/feel', { expression, context }, { signal, parse: parseExact })
export const keptOf = (type: string, id: number, signal?: AbortSignal): Promise<Kept[]> =>
  get('/records/{type}/{id}/decisions', { path: { type, id }, signal, parse: parseExact })
