// Requests that the Worker makes of itself to compare what a change is conditional on. Who may change something has been
// asked already: whether the same key may also read it, and how much it has asked, is not asked once more.
import type { Principal } from "./scope.ts";

const callers = new WeakMap<Request, Principal>();

export function comparedFor(request: Request, caller: Principal): Request {
  callers.set(request, caller);
  return request;
}

/** Undefined: it came from outside. */
export const callerOfCompared = (request: Request): Principal | undefined => callers.get(request);
