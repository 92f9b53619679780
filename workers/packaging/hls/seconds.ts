/** Microseconds are enough that a day of roundings stays below a video frame; `4.000`, `4.010667`. */
export function seconds(ticks: number, timescale: number): string {
  const text = (ticks / timescale).toFixed(6);
  return text.endsWith("000") ? text.slice(0, -3) : text.replace(/0+$/, "");
}
