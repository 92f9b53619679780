import { useId, useRef, useState } from "preact/hooks";

const copiedShownMs = 2000;

/** A value to take away: read-only, selected whole when it gets focus, copied by a button. */
export function ShareField(props: { label: string; value: string; note?: string; lines?: number }) {
  const { label, value, note = "", lines = 1 } = props;
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  // The reader can still press the keys.
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

interface CopyButtonProps {
  /** What is copied, for whoever does not see it beside the button. */
  readonly label: string;
  readonly value: string;
  readonly small?: boolean;
  /** No permission, or no secure context. */
  readonly onRefused: () => void;
}

export function CopyButton({ label, value, small = false, onRefused }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      setTimeout(() => setCopied(false), copiedShownMs);
    } catch {
      onRefused();
    }
  };
  const shown = copied ? "Copied" : "Copy";
  return (
    <button
      class={small ? "button small copy" : "button copy"}
      type="button"
      onClick={() => void copy()}
      aria-label={`${shown} ${label}`}
    >
      <span aria-live="polite">{shown}</span>
    </button>
  );
}
