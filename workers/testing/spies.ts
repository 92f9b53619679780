/** The real bucket, with a list of what was read from it. */
export interface SpyingBucket {
  readonly bucket: R2Bucket;
  readonly reads: string[];
}

export function spyOnReads(real: R2Bucket): SpyingBucket {
  const reads: string[] = [];
  const bucket = new Proxy(real, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (property === "get") reads.push(String(args[0]));
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return { bucket, reads };
}

/** The real database, with a count of the sessions that were opened on it. */
export interface SpyingDatabase {
  readonly database: D1Database;
  readonly sessions: string[];
}

export function spyOnSessions(real: D1Database): SpyingDatabase {
  const sessions: string[] = [];
  const database = new Proxy(real, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (property === "withSession") sessions.push(String(args[0]));
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return { database, sessions };
}
