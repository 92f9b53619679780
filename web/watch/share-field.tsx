import { useId, useRef, useState } from "preact/hooks";

const copiedShownMs = 2000;

/** A value to take away: read-only, selected whole when it gets focus, copied by a button. */
export function ShareField(props: { label: string; value: string; note?: string; lines?: number }) {
  const { label, value, note = "", lines = 1 } = props;
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [copied, setCopied] = useState(false);

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      setTimeout(() => setCopied(false), copiedShownMs);
    } catch {
      // No permission, or no secure context: the reader can still press the keys.
      field.current?.focus();
      field.current?.select();
    }
  };

  return (
    <div class="share-field">
      <label for={id}>{label}</label>
      <div class="share-row">
        <textarea
          id={id}
          ref={field}
          readOnly
          rows={lines}
          spellcheck={false}
          onFocus={(event) => event.currentTarget.select()}
          value={value}
        />
        <button class="button" type="button" onClick={() => void copy()} aria-label={`Copy ${label}`}>
          <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
        </button>
      </div>
      {note !== "" && <p class="soft">{note}</p>}
    </div>
  );
}
