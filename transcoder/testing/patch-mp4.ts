// Makes MP4 headers lie, in place.
import { readFile, writeFile } from "node:fs/promises";

/** `change` gets the payload of the first box of this type, after size and type. */
export async function patchFirst(
  path: string,
  type: string,
  change: (payload: DataView) => void,
): Promise<void> {
  const bytes = await readFile(path);
  const at = bytes.indexOf(Buffer.from(type, "latin1"), bytes.indexOf("moov", 0, "latin1"));
  if (at < 4) throw new Error(`${path} has no ${type}`);
  const sizeBytes = bytes.readUInt32BE(at - 4);
  change(new DataView(bytes.buffer, bytes.byteOffset + at + 4, sizeBytes - 8));
  await writeFile(path, bytes);
}

/** The duration of a version 0 `mvhd`, `tkhd` or `mdhd`. */
export function claimDuration(ticks: number): (payload: DataView) => void {
  return (payload) => {
    // tkhd (8.3.2) has a track id and a reserved word where the others have their timescale.
    const isTkhd = payload.byteLength === 84;
    payload.setUint32(isTkhd ? 20 : 16, ticks);
  };
}

/** The matrix (8.3.2.2) of a quarter turn clockwise: {0, 1, 0, -1, 0, 0, 0, 0, 1}. */
export function rotateQuarter(tkhd: DataView): void {
  const matrixAt = 40;
  const matrix = [0, 0x10000, 0, -0x10000, 0, 0, tkhd.getUint32(76), 0, 0x40000000];
  for (const [index, value] of matrix.entries()) tkhd.setInt32(matrixAt + index * 4, value);
}
