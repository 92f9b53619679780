import { useId, useRef } from "preact/hooks";
import { CopyButton } from "./copy-button.tsx";

/** A value to take away: read-only, selected whole when it gets focus, copied by a button. */
export function ShareField(props: { label: string; value: string; note?: string; lines?: number }) {
  const { label, value, note = "", lines = 1 } = props;
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  // No permission, or no secure context: the reader can still press the keys.
  const select = (): void => {
    field.current?.focus();
    field.current?.select();
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
        <CopyButton label={label} value={value} onRefused={select} />
      </div>
      {note !== "" && <p class="soft">{note}</p>}
    </div>
  );
}
