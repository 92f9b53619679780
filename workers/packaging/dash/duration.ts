/** Seconds only, as DASH-IF asks: `PT123.4S`. Rounded up to a microsecond, so a maximum stays one. */
export function isoSeconds(value: number): string {
  const micros = Math.ceil(Math.round(value * 1e9) / 1e3);
  return `PT${(micros / 1e6).toFixed(6).replace(/\.?0+$/, "")}S`;
}
