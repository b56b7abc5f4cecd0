// What is to be seen at a glance: is it searching, does it keep up, is anything lost.
import type { State } from './api';
import { clockOf, dateOf, duration, fixed, grouped } from './format';
import type { Theme } from './theme';

interface Props {
  state: State | null;
  connected: boolean;
  theme: Theme;
  onTheme: () => void;
  onHelp: () => void;
}

/** x real time, of the last two minutes. */
export const mostRates = 120;
const rates: number[] = [];
export function noteRate(state: State): void {
  rates.push(state.observation?.x_real_time ?? 0);
  if (rates.length > mostRates) rates.shift();
}

function RateLine() {
  const most = Math.max(1, ...rates) * 1.1;
  const points = rates.map((rate, i) => `${mostRates - rates.length + i},${(20 - (18 * rate) / most).toFixed(1)}`).join(' ');
  return (
    <svg class="rate-line" viewBox={`0 0 ${mostRates} 20`} preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function Figure({ name, value, unit, bad }: { name: string; value: string; unit: string; bad?: boolean }) {
  return (
    <div class={`figure${bad === true ? ' bad' : ''}`}>
      <span class="name">{name}</span>
      <span class="value">{value}<small>{unit}</small></span>
    </div>
  );
}

function stateOf(state: State | null, connected: boolean): [string, string] {
  if (!connected) return ['lost', 'connection lost; trying again'];
  if (!state) return ['waits', 'connecting'];
  if (state.stuck.length > 0) return ['stuck', `stuck: ${state.stuck.join(', ')}`];
  const leftOut = state.observation?.beams.flatMap((beam) => beam.overload?.left_out ?? []) ?? [];
  if (leftOut.length > 0) return ['slow', `behind, leaving out ${[...new Set(leftOut)].join(', ')}`];
  return state.state === 'searching' ? ['works', 'searching'] : ['waits', 'waiting for data'];
}

export function Header({ state, connected, theme, onTheme, onHelp }: Props) {
  const [lamp, words] = stateOf(state, connected);
  const run = state?.observation;
  return (
    <header class="top">
      <h1>draftstream</h1>
      <span class={`state ${lamp}`} role="status"><i class={`lamp ${lamp}`} />{words}</span>
      <span class="source" title={run?.folder ?? ''}>
        {run?.obs_id ?? ''}<small>{state?.source ?? ''}</small>
      </span>
      <div class="figure rate">
        <span class="name">rate</span>
        <RateLine />
        <span class="value">{fixed(run?.x_real_time, 2)}<small>× real time</small></span>
      </div>
      <Figure name="searched" value={run ? duration(run.data_s) : '–'} unit="" />
      <Figure name="lag" value={fixed(run?.lag_s, 1)} unit="s" bad={run !== undefined && run !== null && run.at_real_time === false} />
      <Figure name="events" value={run ? grouped(run.events) : '–'} unit="" />
      <Figure name="lost" value={run ? grouped(run.lost_samples) : '–'} unit="samples" bad={(run?.lost_samples ?? 0) > 0} />
      <time class="clock">{state ? <>{clockOf(state.time_utc).slice(0, 8)}<small>{dateOf(state.time_utc)} UTC</small></> : '–'}</time>
      <button type="button" onClick={onTheme} aria-label={`Theme: ${theme}; change it`} title="theme ( t )">{theme === 'dark' ? '☾' : '☀'}</button>
      <button type="button" onClick={onHelp} aria-label="Help" title="help ( ? )">?</button>
    </header>
  );
}
