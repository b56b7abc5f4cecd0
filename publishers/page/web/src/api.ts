// What the program tells: docs/interfaces/http.md.

export type Label = 'burst' | 'interference' | 'unjudged';

export interface EventRow {
  seq: number;
  event_id: string;
  message_type: 'event' | 'candidate' | 'update' | 'retraction';
  search: 'full' | 'prompt';
  revision: number;
  alert_type: 'initial' | 'update' | 'retraction';
  alert_tense: 'current' | 'archival' | 'test' | 'injection';
  created_utc: string;
  obs_id: string;
  toa_utc: string;
  toa_s: number;
  dm_pc_cm3: number;
  snr: number;
  width_ms: number;
  members: number | null;
  label: Label;
  probability: number | null;
  beam: number | null;
  frac_missing: number | null;
  is_injection: boolean | null;
  latency_ms: number | null;
  confirms: string[];
  has_cutout: boolean;
}

export interface Distribution {
  bounds: number[];
  counts: number[];
  sum: number;
  count: number;
}

export type Ledger = Record<
  'expected' | 'searched' | 'masked' | 'missing' | 'late' | 'invalid' | 'overrun',
  number
>;

export interface Observation {
  obs_id: string;
  folder: string;
  data_s: number;
  elapsed_s: number;
  x_real_time: number;
  lag_s: number;
  at_real_time: boolean | null;
  events: number;
  threshold_snr: number;
  lost_samples: number;
  ledger: Ledger;
  beams: {
    beam: number | null;
    samples_received: number;
    samples_searched: number;
    lag_s: number;
    overload: { level: number; left_out: string[] } | null;
  }[];
  injections: { made: number; found: number; missed: number; left_out: number } | null;
  topic: { published: number; subscribers: number; dropped_queue: number; stalls: number } | null;
}

export interface State {
  version: string;
  commit: string | null;
  source: string;
  state: 'searching' | 'waiting';
  stuck: string[];
  models: string;
  time_utc: string;
  journal: string;
  last_seq: number;
  stages: { stage: string; holds_work: boolean; steps: number; without_step_s: number }[];
  candidates: Partial<Record<Label, number>>;
  latency_s: Distribution;
  prompt_latency_s: Distribution;
  observation: Observation | null;
  injection_recall: { last: number; recall: number } | null;
}

export interface WaterfallShape {
  bands: number;
  columns: number;
  column_s: number;
  end_s: number;
  column_samples: number;
  looked_at: number;
  top_mhz: number;
  bottom_mhz: number;
}

export interface Waterfall {
  shape: WaterfallShape;
  cells: Uint8Array;
}

async function answer(path: string): Promise<Response> {
  const response = await fetch(path);
  if (response.ok) return response;
  throw new Error((await response.text()).trim() || `${response.status} ${response.statusText}`);
}

export async function fetchEvents(limit: number): Promise<{ last_seq: number; events: EventRow[] }> {
  return (await (await answer(`/api/events?limit=${limit}`)).json()) as {
    last_seq: number;
    events: EventRow[];
  };
}

/** The whole message, as published. */
export async function fetchEvent(seq: number): Promise<Record<string, unknown>> {
  return (await (await answer(`/api/events/${seq}`)).json()) as Record<string, unknown>;
}

/** @returns null while nothing is searched. */
export async function fetchWaterfall(): Promise<Waterfall | null> {
  const response = await answer('/api/waterfall');
  if (response.status === 204) return null;
  return {
    shape: JSON.parse(response.headers.get('Draftstream-Picture') ?? '') as WaterfallShape,
    cells: new Uint8Array(await response.arrayBuffer()),
  };
}

/** With its name, as another journal may have given the same number to another event. */
export const picturePath = ({ seq, event_id }: EventRow, kind: 'png' | 'svg'): string =>
  `/api/events/${seq}/page.${kind}?of=${encodeURIComponent(event_id)}`;

export interface StreamHandlers {
  event: (row: EventRow) => void;
  state: (state: State) => void;
  connected: (is: boolean) => void;
}

/** Keeps up to date; goes on by itself after the connection was lost. */
export function openStream(since: number, handlers: StreamHandlers): EventSource {
  const stream = new EventSource(`/api/stream?since=${since}`);
  stream.addEventListener('event', (message) => {
    handlers.event(JSON.parse(message.data as string) as EventRow);
  });
  stream.addEventListener('state', (message) => {
    handlers.state(JSON.parse(message.data as string) as State);
  });
  stream.addEventListener('open', () => {
    handlers.connected(true);
  });
  stream.addEventListener('error', () => {
    handlers.connected(false);
  });
  return stream;
}
