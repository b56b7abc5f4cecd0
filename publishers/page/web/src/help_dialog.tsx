// Keys, and what the marks mean.
import { useEffect, useRef } from 'preact/hooks';
import { Mark } from './event_list';
import { kindNames, kinds } from './marks';

const keys: [string, string][] = [
  ['↑ ↓  PgUp PgDn  Home End', 'move in the list; in an event, to the next one'],
  ['Enter', 'open the event'],
  ['Esc', 'close it; leave the filter'],
  ['/', 'filter'],
  ['e', 'to the list'],
  ['t', 'dark or light'],
  ['?', 'this help'],
  ['drag in the plot', 'look closer; a double click goes back'],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <header>
        <h2 id="help-title">Keys</h2>
        <button type="button" onClick={() => dialog.current?.close()}>close (Esc)</button>
      </header>
      <dl>
        {keys.map(([key, what]) => (
          <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>
        ))}
      </dl>
      <h2>Marks</h2>
      <p>Larger where the S/N is higher.</p>
      <ul class="marks">
        {kinds.map((kind) => <li key={kind}><Mark kind={kind} snr={20} />{kindNames[kind]}</li>)}
      </ul>
    </dialog>
  );
}
