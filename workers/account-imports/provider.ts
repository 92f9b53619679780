// What an account elsewhere is asked for, whoever keeps it.
import type { Result } from "#workers/result.ts";

export interface ProviderVideo {
  readonly id: string;
  readonly title: string;
  readonly creator: string | null;
  /** ISO 8601; null where it is not told. */
  readonly createdAt: string | null;
  /** Nobody may watch it there without a token. */
  readonly isSigned: boolean;
  /** The owner's own data. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Why there is no film to bring; null where there is one. */
  readonly skip: SkipCode | null;
}

export type SkipCode = "notReady" | "failedThere" | "live" | "alreadyBrought";

export interface ProviderPage {
  readonly videos: readonly ProviderVideo[];
  /** Null on the last. */
  readonly nextCursor: string | null;
}

/** A file that is made when it is asked for: to be asked again while it is. */
export type ProviderFile =
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "preparing" }
  | { readonly kind: "unavailable"; readonly code: "fileNotMade" | "goneThere" };

/** `later` may be tried again, after as many seconds where the provider said so. */
export type ProviderRefusal =
  | { readonly kind: "later"; readonly afterSeconds: number | null }
  | {
      readonly kind: "refused";
      readonly code: "credentialRefused" | "accountUnknown" | "answerNotUnderstood";
    };

export interface Provider {
  list(cursor: string | null): Promise<Result<ProviderPage, ProviderRefusal>>;
  /** May be asked again and again. */
  file(video: {
    readonly id: string;
    readonly isSigned: boolean;
  }): Promise<Result<ProviderFile, ProviderRefusal>>;
}
