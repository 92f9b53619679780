// EBML (RFC 8794) over bytes that anyone may have written: every walk ends, none throws.

export interface Element {
  readonly id: number;
  /** Of the header, in the bytes that were walked. */
  readonly offset: number;
  readonly bodyOffset: number;
  /** May lie past what was read. Null: of unknown size (6.2), which only a Segment and a Cluster may be. */
  readonly end: number | null;
}

/** Null when the header is cut or lies. */
export function readElement(bytes: Uint8Array, offset: number, limit = bytes.length): Element | null {
  const end = Math.min(limit, bytes.length);
  // RFC 8794 5: an id keeps its length marker; Matroska's are at most four bytes long.
  const idLength = vintLength(bytes[offset], 4);
  if (idLength === null || offset + idLength >= end) return null;
  const id = readUint(bytes, offset, offset + idLength);
  const size = readVint(bytes, offset + idLength, end);
  if (size === null) return null;
  const bodyOffset = offset + idLength + size.length;
  if (size.value === null) return { id, offset, bodyOffset, end: null };
  const bodyEnd = bodyOffset + size.value;
  return Number.isSafeInteger(bodyEnd) ? { id, offset, bodyOffset, end: bodyEnd } : null;
}

interface Vint {
  /** Null: all bits are one, the reserved value. */
  readonly value: number | null;
  readonly length: number;
}

/** A variable-size integer without its marker (4). Beyond 2^53 it is refused. */
export function readVint(bytes: Uint8Array, offset: number, limit: number): Vint | null {
  const first = bytes[offset];
  const length = vintLength(first, 8);
  if (first === undefined || length === null || offset + length > limit) return null;
  let value = first & (0xff >> length);
  let allOnes = value === 0xff >> length;
  for (let at = offset + 1; at < offset + length; at++) {
    const byte = bytes[at] ?? 0;
    value = value * 256 + byte;
    allOnes &&= byte === 0xff;
  }
  if (allOnes) return { value: null, length };
  return Number.isSafeInteger(value) ? { value, length } : null;
}

function vintLength(first: number | undefined, most: number): number | null {
  if (first === undefined || first === 0) return null;
  const length = Math.clz32(first) - 23;
  return length <= most ? length : null;
}

/** A real index has some ten thousand; two bytes each, an attack on memory has millions. */
const mostChildren = 100_000;

/** The whole elements side by side in [start, end), which they must fill exactly; null where they do not. */
export function readChildren(bytes: Uint8Array, start: number, end: number): readonly KnownElement[] | null {
  if (end > bytes.length) return null;
  const children: KnownElement[] = [];
  for (let offset = start; offset < end;) {
    const element = readElement(bytes, offset, end);
    if (element === null || element.end === null || element.end > end) return null;
    if (children.length === mostChildren) return null;
    children.push({ ...element, end: element.end });
    offset = element.end;
  }
  return children;
}

export interface KnownElement extends Element {
  readonly end: number;
}

/** The children of a master element by id; what a Matroska reader asks of them. */
export class Master {
  readonly #bytes: Uint8Array;
  readonly #children: readonly KnownElement[];

  private constructor(bytes: Uint8Array, children: readonly KnownElement[]) {
    this.#bytes = bytes;
    this.#children = children;
  }

  static read(bytes: Uint8Array, element: Element): Master | null {
    if (element.end === null) return null;
    const children = readChildren(bytes, element.bodyOffset, element.end);
    return children === null ? null : new Master(bytes, children);
  }

  has(id: number): boolean {
    return this.#find(id) !== undefined;
  }

  /** RFC 8794 11.1.11: an empty element has its default value. */
  uint(id: number): number | null {
    const found = this.#find(id);
    if (found === undefined || found.end === found.bodyOffset || found.end - found.bodyOffset > 8)
      return null;
    const value = readUint(this.#bytes, found.bodyOffset, found.end);
    return Number.isSafeInteger(value) ? value : null;
  }

  float(id: number): number | null {
    const found = this.#find(id);
    if (found === undefined) return null;
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + found.bodyOffset);
    switch (found.end - found.bodyOffset) {
      case 4:
        return view.getFloat32(0);
      case 8:
        return view.getFloat64(0);
      default:
        return null;
    }
  }

  /** RFC 8794 7.4: a string ends at its first null byte. */
  text(id: number): string | null {
    const found = this.#find(id);
    if (found === undefined || found.end - found.bodyOffset > 256) return null;
    const body = this.#bytes.subarray(found.bodyOffset, found.end);
    const end = body.indexOf(0);
    return String.fromCharCode(...(end < 0 ? body : body.subarray(0, end)));
  }

  binary(id: number): Uint8Array | null {
    const found = this.#find(id);
    return found === undefined ? null : this.#bytes.subarray(found.bodyOffset, found.end);
  }

  /** Null when it is not there or damaged. */
  master(id: number): Master | null {
    const found = this.#find(id);
    return found === undefined ? null : Master.read(this.#bytes, found);
  }

  /** Damaged ones are left out. */
  masters(id: number): readonly Master[] {
    return this.#children
      .filter((child) => child.id === id)
      .map((child) => Master.read(this.#bytes, child))
      .filter((master) => master !== null);
  }

  #find(id: number): KnownElement | undefined {
    return this.#children.find((child) => child.id === id);
  }
}

export function readUint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] ?? 0);
  return value;
}
