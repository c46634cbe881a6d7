export type ChatMessage = { role: 'system' | 'user' | 'assistant'; content: string }
export type ChatRequest = {
  messages: ChatMessage[]
  model?: string | null | undefined
  temperature?: number | null | undefined
  max_tokens?: number | null | undefined
  /** The conversation to go on with; without one, another begins. */
  conversation_id?: number | null | undefined
}
export type ChatAnswer = {
  content: string
  model: string
  /** Of prompt and answer. */
  tokens_used: number | null
  latency_ms: number
  conversation_id: number
}
export type ChatEvent = {
  content: string
  done: boolean
  conversation_id?: number
  error?: string
  status_code?: number
}
export type Conversation = {
  id: number
  title: string
  model_name: string | null
  created_at: string
  updated_at: string
}
export type Page = { limit?: number | undefined; offset?: number | undefined }

export type Registration = { email: string; username: string; password: string; full_name?: string | null }
export type User = {
  id: number
  email: string | null
  username: string | null
  full_name: string | null
  is_admin: boolean
}
export type Registered = User & { api_key: string }
export type Token = { access_token: string; token_type: 'bearer' }

export type Model = {
  id: string
  name: string
  description: string
  context_length: number
  cost_per_1k_tokens: number
  /** Measured over the last 24 hours; null where nothing was. */
  latency_p50_ms: number | null
  latency_p99_ms: number | null
  available: boolean
  provider: 'switchyard'
}
export type Benchmarks = {
  model_id: string
  benchmarks: Record<string, number>
  performance: { avg_latency_ms: number | null; tokens_per_second: number | null }
}

export type Statistics = {
  users: { total: number; active: number; admins: number }
  api: { total_calls: number; calls_today: number; total_tokens: number }
  models: { active: number; total_requests: number }
}
type Tier = 'free' | 'pro' | 'enterprise'
type Rates = { requests_per_minute: number | null; tokens_per_day: number | null }
type Storage = { bytes: number | null; files: number | null }
type ByTier<Values> = Values & { tiers: Record<Tier, Values> }
export type Config = {
  feature_flags: { chat_enabled: boolean; streaming_enabled: boolean }
  default_model: string | null
  rate_limits: ByTier<Rates>
  storage_limits: ByTier<Storage>
  cost_per_1k_tokens: Record<string, number>
  maintenance_mode: boolean
}
type Some<Values> = { [Name in keyof Values]?: Values[Name] | undefined }
type SomeByTier<Values> = Some<Values> & { tiers?: Some<Record<Tier, Some<Values> | null>> | undefined }
/** A change: absent stays as it is, null goes back to what is documented. */
export type ConfigChange = {
  feature_flags?: Some<Config['feature_flags']> | undefined
  default_model?: string | null | undefined
  rate_limits?: SomeByTier<Rates> | undefined
  storage_limits?: SomeByTier<Storage> | undefined
  cost_per_1k_tokens?: Record<string, number | null> | undefined
  maintenance_mode?: boolean | undefined
}
