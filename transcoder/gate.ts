/** At most so many jobs at a time; the others wait in the order they came. */
export interface Gate {
  run<T>(job: () => Promise<T>): Promise<T>;
}

export function gate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    run: async (job) => {
      if (free > 0) free -= 1;
      else await new Promise<void>((enter) => waiting.push(enter));
      try {
        return await job();
      } finally {
        // A place is handed on, not given back, so that nobody who comes later overtakes.
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
