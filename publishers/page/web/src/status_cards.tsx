// How the run is: samples, latency, injections, stages, publishing.
import type { ComponentChildren } from 'preact';
import type { Distribution, State } from './api';
import { duration, fixed, grouped, percent } from './format';

function Card({ title, note, children }: { title: string; note?: string; children: ComponentChildren }) {
  return (
    <section class="panel card" aria-label={title}>
      <h2>
        {title}
        {note !== undefined && <span class="note">{note}</span>}
      </h2>
      {children}
    </section>
  );
}

const fates = ['searched', 'masked', 'missing', 'late', 'invalid', 'overrun'] as const;

function LedgerCard({ state }: { state: State }) {
  const ledger = state.observation?.ledger;
  const accounted = ledger ? fates.reduce((sum, fate) => sum + ledger[fate], 0) : 0;
  return (
    <Card title="Samples" note={ledger ? `${grouped(accounted)} accounted for` : 'nothing is searched'}>
      {ledger && (
        <>
          <div class="stack" aria-hidden="true">
            {fates.map((fate) => (
              <i key={fate} class={`fate ${fate}`} style={{ flexGrow: String(ledger[fate]) }} />
            ))}
          </div>
          <table class="figures">
            <tbody>
              {fates.map((fate) => (
                <tr key={fate} class={ledger[fate] > 0 && fate !== 'searched' && fate !== 'masked' ? 'bad' : ''}>
                  <th scope="row"><i class={`fate ${fate}`} />{fate}</th>
                  <td>{grouped(ledger[fate])}</td>
                  <td>{percent(ledger[fate], accounted)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Card>
  );
}

/** The bound that half of the values lie below, as far as bounds tell. */
function medianOf({ bounds, counts, count }: Distribution): string {
  if (count === 0) return '–';
  let sum = 0;
  for (let i = 0; i < counts.length; ++i) {
    sum += counts[i] ?? 0;
    if (2 * sum >= count) return i < bounds.length ? `≤ ${bounds[i] ?? 0} s` : `> ${bounds.at(-1) ?? 0} s`;
  }
  return '–';
}

function Bars({ values, name }: { values: Distribution; name: string }) {
  const most = Math.max(1, ...values.counts);
  return (
    <div class="bars">
      <span class="bars-name">{name}</span>
      <div class="bars-box" role="img" aria-label={`${name}: ${values.count} measured, median ${medianOf(values)}`}>
        {values.counts.map((count, i) => (
          <i
            key={i}
            title={`${i < values.bounds.length ? `up to ${values.bounds[i] ?? 0} s` : 'longer'}: ${count}`}
            style={{ height: `${(100 * count) / most}%` }}
          />
        ))}
      </div>
      <span class="bars-median">{values.count > 0 ? `median ${medianOf(values)}` : 'none measured'}</span>
    </div>
  );
}

function LatencyCard({ state }: { state: State }) {
  const { bounds } = state.latency_s;
  return (
    <Card title="Latency" note="from a pulse's last sample until it is told">
      <Bars name="alerts" values={state.prompt_latency_s} />
      <Bars name="events" values={state.latency_s} />
      <div class="bars-axis" aria-hidden="true">
        <span>{bounds[0]} s</span>
        <span>{bounds.at(-1)} s</span>
      </div>
    </Card>
  );
}

function InjectionCard({ state }: { state: State }) {
  const made = state.observation?.injections;
  const recall = state.injection_recall;
  return (
    <Card title="Injections" note="bursts put in, to see whether they are found">
      {made && made.made > 0 ? (
        <>
          <p class="big">
            {recall ? percent(recall.recall, 1) : '–'}
            <span class="note">recall{recall ? ` of the last ${recall.last}` : ''}</span>
          </p>
          <table class="figures">
            <tbody>
              <tr><th scope="row">made</th><td>{made.made}</td></tr>
              <tr><th scope="row">found</th><td>{made.found}</td></tr>
              <tr class={made.missed > 0 ? 'bad' : ''}><th scope="row">missed</th><td>{made.missed}</td></tr>
              <tr><th scope="row">left out</th><td>{made.left_out}</td></tr>
            </tbody>
          </table>
        </>
      ) : (
        <p class="nothing">None so far; --inject-every puts some in.</p>
      )}
    </Card>
  );
}

function StageCard({ state }: { state: State }) {
  return (
    <Card title="Stages" note={state.stuck.length > 0 ? `stuck: ${state.stuck.join(', ')}` : 'all go on'}>
      <table class="figures stages">
        <tbody>
          {state.stages.map((stage) => {
            const stuck = state.stuck.includes(stage.stage);
            const slow = stage.without_step_s >= 5;
            return (
              <tr key={stage.stage} class={stuck ? 'bad' : ''}>
                <th scope="row">
                  <i class={`lamp ${stuck ? 'stuck' : slow ? 'slow' : stage.holds_work ? 'works' : 'waits'}`} />
                  {stage.stage}
                </th>
                <td>{grouped(stage.steps)} steps</td>
                <td>
                  {stuck ? `stuck, ${duration(stage.without_step_s)}`
                    : slow ? `no step for ${duration(stage.without_step_s)}`
                    : stage.holds_work ? 'works' : 'waits'}
                </td>
              </tr>
            );
          })}
          {state.stages.length === 0 && <tr><td class="nothing">nothing is searched</td></tr>}
        </tbody>
      </table>
    </Card>
  );
}

function PublishCard({ state }: { state: State }) {
  const topic = state.observation?.topic;
  const counted = (['burst', 'interference', 'unjudged'] as const)
    .map((label) => `${grouped(state.candidates[label] ?? 0)} ${label}`).join(' · ');
  const threshold = state.observation?.threshold_snr;
  return (
    <Card title="Published" note={topic ? `${topic.subscribers} listen` : 'nothing is'}>
      <table class="figures">
        <tbody>
          <tr><th scope="row">candidates</th><td>{counted}</td></tr>
          <tr><th scope="row">threshold</th><td>{threshold === undefined ? '–' : `S/N ${fixed(threshold, 1)}`}</td></tr>
          <tr><th scope="row">messages</th><td>{topic ? grouped(topic.published) : '–'}</td></tr>
          <tr class={topic && topic.dropped_queue > 0 ? 'bad' : ''}><th scope="row">dropped</th><td>{topic ? grouped(topic.dropped_queue) : '–'}</td></tr>
          <tr><th scope="row">networks</th><td class="words">{state.models || 'none'}</td></tr>
        </tbody>
      </table>
    </Card>
  );
}

export function StatusCards({ state }: { state: State | null }) {
  if (!state) return <div class="cards" />;
  return (
    <div class="cards">
      <LedgerCard state={state} />
      <LatencyCard state={state} />
      <InjectionCard state={state} />
      <StageCard state={state} />
      <PublishCard state={state} />
    </div>
  );
}
