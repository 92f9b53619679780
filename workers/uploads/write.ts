// One body on its way into an upload, from its first byte to the transaction that acknowledges it.
import type { Env } from "#workers/env.ts";
import type { BodyReader } from "./body-reader.ts";
import { RunningChecksum } from "./checksum.ts";
import { shorterThanAnnounced, type WriteDecision, type WriteRequest } from "./decide.ts";
import { isPartNumber } from "./part-size.ts";
import { receive, type Received } from "./receive.ts";
import type { Part } from "./recut.ts";
import type { SessionStore, StoredPart } from "./session-store.ts";
import type { Refusal, Session } from "./session.ts";
import { openMultipart, putWhole, sendPart } from "./source-object.ts";

export interface Writing {
  readonly env: Env;
  readonly store: SessionStore;
  /** As the request found it, open and at `decision.fromBytes`. */
  readonly session: Session;
  readonly request: WriteRequest;
  readonly decision: Extract<WriteDecision, { kind: "receive" }>;
  /** Null for a request without a body. */
  readonly body: BodyReader | null;
}

/** Null when what arrived is durable. Throws when the bucket fails: then no more is durable than was before. */
export async function write(writing: Writing): Promise<Refusal | null> {
  const { env, store, session, request } = writing;
  const sender = new PartSender(env, store, session);
  const checksum = request.kind === "patch" ? request.checksum : null;
  // Either each part is committed as it is stored, or all of them at the end, once the digest is known.
  return checksum === null
    ? writeAsItComes(writing, sender)
    : writeIfItMatches(writing, sender, new RunningChecksum(checksum));
}

async function writeAsItComes(writing: Writing, sender: PartSender): Promise<Refusal | null> {
  const { store, session, decision, request } = writing;
  let durableBytes = session.offsetBytes;
  let dropTail = true;
  const received = await receiveBody(writing, sender, null, (part) => {
    durableBytes += session.partBytes - (durableBytes % session.partBytes);
    store.commit({ parts: [part], dropTail, addTail: nothing }, { offsetBytes: durableBytes });
    dropTail = false;
  });
  if (received.ending === "tooLong") return decision.overrun;
  const offsetBytes = session.offsetBytes + received.receivedBytes;
  // The one body of a PUT is the whole file: its end is the file's end.
  const put = request.kind === "put" && received.ending === "end";
  if (put && decision.sizeBytes !== null && offsetBytes < decision.sizeBytes) {
    return shorterThanAnnounced(decision.sizeBytes);
  }
  await commitRest(writing, sender, received.rest, [], put ? offsetBytes : decision.sizeBytes, offsetBytes);
  return null;
}

async function writeIfItMatches(
  writing: Writing,
  sender: PartSender,
  checksum: RunningChecksum,
): Promise<Refusal | null> {
  const { store, session, decision } = writing;
  const parts: StoredPart[] = [];
  const received = await receiveBody(writing, sender, checksum, (part) => parts.push(part));
  const matches = received.ending === "end" && (await checksum.matches());
  if (!matches) {
    // Every part has landed and none is recorded, so their numbers are free again.
    store.update({ nextPartNumber: session.nextPartNumber });
    return received.ending === "tooLong" ? decision.overrun : mismatch;
  }
  const offsetBytes = session.offsetBytes + received.receivedBytes;
  await commitRest(writing, sender, received.rest, parts, decision.sizeBytes, offsetBytes);
  return null;
}

const mismatch: Refusal = {
  code: "checksumMismatch",
  detail: "The digest of the body is another. Nothing of it was kept.",
};
const nothing = new Uint8Array(0);

function receiveBody(
  writing: Writing,
  sender: PartSender,
  checksum: RunningChecksum | null,
  onStored: (part: StoredPart) => void,
): Promise<Received> {
  const { body, session, decision } = writing;
  return receive({
    body,
    partBytes: session.partBytes,
    carriedBytes: session.offsetBytes % session.partBytes,
    atMostBytes: decision.atMostBytes,
    checksum,
    send: (part) => sender.send(part),
    onStored,
  });
}

/** The end of a body: the end of the upload, or a new tail. */
async function commitRest(
  writing: Writing,
  sender: PartSender,
  rest: Part,
  parts: readonly StoredPart[],
  sizeBytes: number | null,
  offsetBytes: number,
): Promise<void> {
  const { env, store, session } = writing;
  const dropTail = parts.length > 0;
  if (offsetBytes !== sizeBytes) {
    store.commit({ parts, dropTail, addTail: rest.bytes.subarray(rest.carriedBytes) }, { offsetBytes });
    return;
  }
  const change = { offsetBytes, sizeBytes };
  if (offsetBytes === 0) {
    store.commit({ parts: [], dropTail: true, addTail: nothing }, { ...change, phase: emptied });
  } else if (offsetBytes === rest.bytes.length) {
    // Shorter than a part: one put, instead of the three requests of a multipart upload.
    store.readTail(rest.bytes);
    await putWhole(env, session, rest.bytes);
    store.commit({ parts: [], dropTail: true, addTail: nothing }, { ...change, phase: { kind: "stored" } });
  } else {
    const last = rest.bytes.length > 0 ? [await sender.send(rest)] : [];
    store.commit(
      { parts: [...parts, ...last], dropTail: true, addTail: nothing },
      { ...change, phase: { kind: "assembling" } },
    );
  }
}

const emptied = { kind: "ended", reason: "emptyFile", settled: false } as const;

/** Numbers parts in the order they are given, opens the multipart upload at the first. */
class PartSender {
  readonly #env: Env;
  readonly #store: SessionStore;
  readonly #session: Session;
  #opening: Promise<string> | null = null;

  constructor(env: Env, store: SessionStore, session: Session) {
    this.#env = env;
    this.#store = store;
    this.#session = session;
  }

  async send(part: Part): Promise<StoredPart> {
    const partNumber = this.#store.spendPartNumber();
    if (!isPartNumber(partNumber)) throw new Error("The upload has no part numbers left");
    // The tail is the beginning of the first part; the others have none.
    if (part.carriedBytes > 0) this.#store.readTail(part.bytes);
    this.#opening ??= this.#open();
    return sendPart(this.#env, this.#session, await this.#opening, partNumber, part.bytes);
  }

  async #open(): Promise<string> {
    if (this.#session.multipartId !== null) return this.#session.multipartId;
    // One that is lost between these lines is dropped by R2 after seven days.
    const multipartId = await openMultipart(this.#env, this.#session);
    this.#store.update({ multipartId });
    return multipartId;
  }
}
