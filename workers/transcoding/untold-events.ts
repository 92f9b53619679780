// What a command changed on the board alone has no commit of D1 to be told in. It is noted with the change, as the job
// was then, and told from the note until that has worked; its id is the note's, so whoever is told twice can see it.
import { outgoingEvent, sendAll } from "#workers/outbox/outbox.ts";
import { always } from "#workers/outbox/outbox.ts";
import { newId } from "#workers/ids.ts";
import { oweEffects, type BoardContext } from "./board-context.ts";
import { shownJob } from "./job-present.ts";

type Commanded = "job.paused" | "job.resumed" | "job.requeued";

// What the table holds: own rows only, written below.
type NoteRow = { event_id: string; type: Commanded; at_ms: number; data: string };

/** In the transaction of the change, behind it. */
export function noteEvent(context: BoardContext, jobId: string, type: Commanded): void {
  const { state, rows, nowMs } = context;
  const job = rows.job(jobId);
  if (job === null) return;
  const atMs = nowMs();
  state.storage.sql.exec(
    "INSERT INTO untold_events (event_id, job, type, at_ms, data) VALUES (?, ?, ?, ?, ?)",
    ...[newId("event", atMs), jobId, type, atMs, JSON.stringify(shownJob(context, job))],
  );
  oweEffects(context, jobId);
}

export async function tellNoted({ env, state }: BoardContext, jobId: string): Promise<void> {
  const notes = state.storage.sql
    .exec<NoteRow>(
      "SELECT event_id, type, at_ms, data FROM untold_events WHERE job = ? ORDER BY at_ms, event_id",
      jobId,
    )
    .toArray();
  for (const { event_id: eventId, type, at_ms: atMs, data } of notes) {
    const shown = { from: "(SELECT ? AS resource)", bindings: [data] };
    const told = outgoingEvent(env.DB, { eventId, type }, shown, atMs, always);
    await told.statement.run();
    await sendAll(env, [told]);
    state.storage.sql.exec("DELETE FROM untold_events WHERE event_id = ?", eventId);
  }
}
