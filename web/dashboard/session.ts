// Who is signed in. The key is sent once, to be exchanged for a cookie that no script can read.
import type { Scope } from "#workers/access/scope.ts";
import { Api, bySession, type Refusal } from "../api.ts";
import type { Result } from "#workers/result.ts";

export interface Session {
  readonly keyId: string;
  readonly keyName: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: string;
}

const path = "/dashboard/session";
const door = new Api(bySession);

export const findSession = (): Promise<Result<Session, Refusal>> => door.get(path);

export const signIn = (key: string): Promise<Result<Session, Refusal>> => door.send("POST", path, { key });

export const signOut = (): Promise<Result<null, Refusal>> => door.send("DELETE", path);

export function may(session: Session, scope: Scope): boolean {
  return session.scopes.includes("admin") || session.scopes.includes(scope);
}
