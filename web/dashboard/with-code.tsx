/** A sentence in which backquotes set names apart, as the API writes it. */
export function WithCode({ text }: { text: string }) {
  return <>{text.split("`").map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>;
}
