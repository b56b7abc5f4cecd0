// All that is known of one event, with its pictures.
import { useEffect, useRef, useState } from 'preact/hooks';
import { fetchEvent, picturePath } from './api';
import { clockOf, dateOf, fixed, width } from './format';
import { kindNames } from './marks';
import type { Shown } from './store';

interface Props {
  event: Shown;
  onClose: () => void;
  onStep: (by: number) => void;
}

type Picture = 'loading' | 'there' | 'none';

function Facts({ event }: { event: Shown }) {
  const facts: [string, string][] = [
    ['S/N', fixed(event.snr, 2)],
    ['DM', `${fixed(event.dm_pc_cm3, 2)} pc cm⁻³`],
    ['width', `${width(event.width_ms)} ms`],
    ['arrival', `${dateOf(event.toa_utc)} ${event.toa_utc.slice(11, 29).replace('Z', '')} UTC`],
    ['in the observation', `${fixed(event.toa_s, 6)} s`],
    ['kind', kindNames[event.kind] + (event.confirmed_by === undefined ? '' : ', confirmed')],
    ['probability', event.probability === null ? 'not judged' : fixed(event.probability, 3)],
    ['beam', event.beam === null ? '–' : String(event.beam)],
    ['detections', event.members === null ? '–' : String(event.members)],
    ['missing', event.frac_missing === null ? '–' : `${(100 * event.frac_missing).toFixed(1)} %`],
    ['told after', event.latency_ms === null ? '–' : `${(event.latency_ms / 1e3).toFixed(2)} s`],
    ['number', `${event.seq}, revision ${event.revision}, at ${clockOf(event.created_utc)} UTC`],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Message({ seq }: { seq: number }) {
  const [text, setText] = useState('');
  return (
    <details
      onToggle={(toggled) => {
        if (!toggled.currentTarget.open) return;
        fetchEvent(seq)
          .then((event) => { setText(JSON.stringify(event, null, 1)); })
          .catch((error: unknown) => { setText(String(error)); });
      }}
    >
      <summary>the message, as published</summary>
      <pre tabIndex={0}>{text}</pre>
    </details>
  );
}

export function CandidateDialog({ event, onClose, onStep }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [picture, setPicture] = useState<Picture>(event.has_cutout ? 'loading' : 'none');
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  useEffect(() => {
    setPicture(event.has_cutout ? 'loading' : 'none');
  }, [event.event_id, event.has_cutout]);
  return (
    <dialog
      ref={dialog}
      class="candidate"
      aria-labelledby="candidate-title"
      onClose={onClose}
      onClick={(clicked) => {
        if (clicked.target === dialog.current) dialog.current?.close();
      }}
      onKeyDown={(pressed) => {
        const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[pressed.key];
        if (step === undefined || pressed.target instanceof HTMLPreElement) return;
        pressed.preventDefault();
        onStep(step);
      }}
    >
      <header>
        <h2 id="candidate-title">{event.event_id}</h2>
        {event.has_cutout && (
          <a href={picturePath(event, 'svg')} target="_blank" rel="noreferrer">as SVG</a>
        )}
        <button type="button" autoFocus onClick={() => dialog.current?.close()}>close (Esc)</button>
      </header>
      <div class="candidate-body">
        <div class={`picture ${picture}`}>
          {event.has_cutout && picture !== 'none' && (
            <img
              key={event.seq}
              src={picturePath(event, 'png')}
              alt={`Profile, waterfall and DM-time image of ${event.event_id}`}
              onLoad={() => { setPicture('there'); }}
              onError={() => { setPicture('none'); }}
            />
          )}
          {picture === 'loading' && <p>drawing …</p>}
          {picture === 'none' && (
            <p>{event.has_cutout ? 'The picture cannot be drawn.' : 'No cutout was kept of it: prompt alerts have none, nor has a run with --no-cutouts.'}</p>
          )}
        </div>
        <div>
          <Facts event={event} />
          <Message key={event.seq} seq={event.seq} />
        </div>
      </div>
    </dialog>
  );
}
