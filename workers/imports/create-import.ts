// A new import: an upload that fetches its own bytes, and a row that says from where.
import { seal } from "#workers/access/sealing.ts";
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { newId } from "#workers/ids.ts";
import { checkTarget, type TargetRefusal } from "#workers/outbound/target.ts";
import { refuse, type Result } from "#workers/result.ts";
import { createUpload, type CreationRefusal } from "#workers/uploads/create-upload.ts";
import { newUploadSchema } from "#workers/uploads/contract.ts";
import type { NewImport } from "./contract.ts";

export type ImportRefusal = CreationRefusal | { readonly code: "targetRefused"; readonly why: TargetRefusal };

/** Returns the import's id. */
export async function createImport(
  env: Env,
  { url, headers, ...wanted }: NewImport,
  nowMs: number,
): Promise<Result<string, ImportRefusal>> {
  const target = checkTarget(env, url);
  if (!target.ok) return refuse({ code: "targetRefused", why: target.reason });
  const importId = newId("import", nowMs);
  const upload = newUploadSchema.parse({ ...wanted, fileName: fileNameOf(target.value) });
  const created = await createUpload(env, upload, "", nowMs, {
    from: async (uploadId) => ({
      url: target.value,
      sealedHeaders: await sealed(env, uploadId, headers),
      validator: null,
      failures: 0,
      changes: 0,
    }),
    alongside: (uploadId) => {
      const row = env.DB.prepare(
        `INSERT INTO imports (id, upload_id, video_id, url, created_at)
         SELECT ?, id, video_id, ?, ? FROM uploads WHERE id = ?`,
      ).bind(importId, withoutQuery(target.value), nowMs, uploadId);
      const told = emitted(env.DB, { type: "import.created", importedBy: uploadId }, nowMs);
      return { statements: [row, told.statement], told: [told] };
    },
  });
  return created.ok ? { ok: true, value: importId } : created;
}

async function sealed(
  env: Env,
  uploadId: string,
  headers: Readonly<Record<string, string>>,
): Promise<string | null> {
  if (Object.keys(headers).length === 0) return null;
  return seal(env.SEALING_KEY, `import ${uploadId}`, new TextEncoder().encode(JSON.stringify(headers)));
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** The last part of its path, where that says anything. */
function fileNameOf(url: string): string | null {
  const last = new URL(url).pathname.split("/").at(-1) ?? "";
  try {
    const name = decodeURIComponent(last).trim().slice(0, 512);
    return name === "" ? null : name;
  } catch {
    return last.slice(0, 512);
  }
}
