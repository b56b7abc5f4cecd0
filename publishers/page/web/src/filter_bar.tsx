// What is typed to choose among events.
import { type Filters, noFilters } from './filters';
import { grouped } from './format';
import { kindNames, kinds } from './marks';
import type { Kind } from './store';

interface Props {
  filters: Filters;
  shown: number;
  known: number;
  onChange: (filters: Filters) => void;
}

function NumberField({ label, title, value, onChange }: {
  label: string;
  title: string;
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  return (
    <label title={title}>
      {label}
      <input
        type="number"
        min="0"
        step="any"
        aria-label={title}
        value={value ?? ''}
        onInput={(typed) => {
          const number = typed.currentTarget.valueAsNumber;
          onChange(Number.isNaN(number) ? null : number);
        }}
      />
    </label>
  );
}

export function FilterBar({ filters, shown, known, onChange }: Props) {
  const change = (part: Partial<Filters>) => {
    onChange({ ...filters, ...part });
  };
  const unfiltered = JSON.stringify(filters) === JSON.stringify(noFilters);
  return (
    <form class="filters" role="search" aria-label="Filters" onSubmit={(event) => { event.preventDefault(); }}>
      <input
        id="filter"
        type="search"
        placeholder="filter   ( / )"
        aria-label="Events whose name, beam or kind has these words"
        value={filters.text}
        onInput={(typed) => { change({ text: typed.currentTarget.value }); }}
      />
      <NumberField label="S/N ≥" title="Lowest S/N" value={filters.snrMin}
        onChange={(snrMin) => { change({ snrMin }); }} />
      <NumberField label="DM" title="Lowest DM in pc cm⁻³" value={filters.dmMin}
        onChange={(dmMin) => { change({ dmMin }); }} />
      <NumberField label="to" title="Highest DM in pc cm⁻³" value={filters.dmMax}
        onChange={(dmMax) => { change({ dmMax }); }} />
      <select
        aria-label="Kind of events"
        value={filters.kind}
        onChange={(chosen) => { change({ kind: chosen.currentTarget.value as Kind | 'all' }); }}
      >
        <option value="all">all kinds</option>
        {kinds.map((kind) => <option key={kind} value={kind}>{kindNames[kind]}</option>)}
      </select>
      <label title="Prompt alerts whose event has come">
        <input type="checkbox" checked={filters.confirmed}
          onChange={(chosen) => { change({ confirmed: chosen.currentTarget.checked }); }} />
        with confirmed alerts
      </label>
      <span class="count" role="status">
        {shown === known ? grouped(known) : `${grouped(shown)} of ${grouped(known)}`} events
      </span>
      <button type="button" disabled={unfiltered} onClick={() => { onChange(noFilters); }}>clear</button>
    </form>
  );
}
