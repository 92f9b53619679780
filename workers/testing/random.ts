// Chance that is the same for the same seed (mulberry32).
export interface Random {
  /** 0 to 1. */
  unit(): number;
  /** A whole number below it. */
  below(end: number): number;
  pick<T>(values: readonly [T, ...T[]]): T;
}

export function random(seed: number): Random {
  let state = seed;
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(unit() * end);
  return { unit, below, pick: (values) => values[below(values.length)] ?? values[0] };
}
