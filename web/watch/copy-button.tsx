import { useState } from "preact/hooks";

const copiedShownMs = 2000;

interface CopyButtonProps {
  /** What it is, to who hears it. */
  readonly label: string;
  readonly value: string;
  readonly small?: boolean;
  /** Where the value can't be put into the clipboard. */
  readonly onRefused?: () => void;
}

export function CopyButton({ label, value, small = false, onRefused }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      setTimeout(() => setCopied(false), copiedShownMs);
    } catch {
      onRefused?.();
    }
  };
  const shown = copied ? "Copied" : "Copy";
  return (
    <button
      class={small ? "button small" : "button"}
      type="button"
      onClick={() => void copy()}
      aria-label={`${shown} ${label}`}
    >
      <span aria-live="polite">{shown}</span>
    </button>
  );
}
