// An upload whose parts go straight to the bucket. The object is put together here, and from then on it is an upload like
// any other.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import type { SessionStore, StoredPart } from "./session-store.ts";
import { expiryAfter, objectKeyOf, type DirectReply, type Refusal, type Session } from "./session.ts";
import { assemble, discard, isAboutParts, isWhole } from "./source-object.ts";

const notDirect: Refusal = { code: "conflict", detail: "This upload takes its bytes by tus or PUT." };
const complete: Refusal = { code: "conflict", detail: "The upload is complete." };
const unavailable: Refusal = { code: "unavailable", detail: "The parts could not be joined. Try again." };
const wrongParts: Refusal = {
  code: "unprocessable",
  detail: "A part is missing, or is not the one that the bucket has under that number.",
};

export function directTarget(store: SessionStore, found: Session, nowMs: number): DirectReply {
  const { multipartId, partBytes, sizeBytes } = found;
  if (found.direct !== true || multipartId === null || sizeBytes === null)
    return { ok: false, refusal: notDirect };
  if (found.phase.kind !== "open") return { ok: false, refusal: complete };
  const { expiresAtMs } = store.update({ expiresAtMs: expiryAfter(found, nowMs) });
  return {
    ok: true,
    target: { objectKey: objectKeyOf(found), multipartId, partBytes, sizeBytes, expiresAtMs },
  };
}

/** Null: the object is whole, and what is left is to say so. */
export async function completeDirect(
  env: Env,
  store: SessionStore,
  found: Session,
  parts: readonly StoredPart[],
): Promise<Refusal | null> {
  const { sizeBytes, partBytes } = found;
  if (found.direct !== true || sizeBytes === null) return notDirect;
  // Said again after a lost answer.
  if (found.phase.kind !== "open") return null;
  const sorted = parts.toSorted((a, b) => a.partNumber - b.partNumber);
  const isEvery =
    sorted.length === Math.ceil(sizeBytes / partBytes) &&
    sorted.every(({ partNumber }, index) => partNumber === index + 1);
  if (!isEvery) return wrongParts;
  let whole;
  try {
    whole = (await assemble(env, found, sorted)) && (await isWhole(env, found));
  } catch (error) {
    if (isAboutParts(error)) return wrongParts;
    logError("upload.notAssembled", error, { uploadId: found.uploadId });
    return unavailable;
  }
  // Cancelled meanwhile, or completed by another request.
  const session = store.load();
  if (session?.phase.kind === "ended") await discard(env, found);
  if (session?.phase.kind !== "open") return null;
  store.update(
    whole
      ? { phase: { kind: "stored" }, offsetBytes: sizeBytes }
      : { phase: { kind: "ended", reason: "sourceMissing", settled: false } },
  );
  return null;
}
