/** What can't be done says why, in a sentence for who asked. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export const err = (reason: string): { readonly ok: false; readonly reason: string } => ({
  ok: false,
  reason,
});

/** What ends a script with its sentence, without a stack. */
export class Refusal extends Error {}

export function must<T>(checked: Checked<T>): T {
  if (!checked.ok) throw new Refusal(checked.reason);
  return checked.value;
}
