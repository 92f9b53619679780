import {
  CmcdReporter,
  encodeCmcd,
  toCmcdHeaders,
  toCmcdQuery,
  type Cmcd as ToldByLibrary,
} from "@svta/cml-cmcd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cmcdKinds,
  objectTypes,
  type Cmcd,
  type CmcdKind,
  type CmcdNumber,
  type CmcdValue,
} from "./cmcd-keys.ts";
import { carriesCmcd } from "./cmcd-presence.ts";
import { maxRecords, parseCmcd } from "./cmcd.ts";

const byQuery = (query: string) => parseCmcd({ mode: "request", query, headers: new Headers() })[0] ?? null;
const byHeaders = (headers: HeadersInit) =>
  parseCmcd({ mode: "request", query: "", headers: new Headers(headers) })[0] ?? null;
const byText = (text: string) => byQuery(`CMCD=${encodeURIComponent(text)}`);
const byLines = (body: string) => parseCmcd({ mode: "lines", body });
const byJson = (body: unknown) => parseCmcd({ mode: "json", body });
const list = (...values: number[]) => values.map((value) => ({ value, of: null }));

// A printer of its own, by the standard: so that the parser is not judged by itself.
const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
const printNumber = ({ value, of }: CmcdNumber) => (of === null ? String(value) : `${value};${of}`);

function printMember(key: string, value: CmcdValue, version: number): string {
  const kind = cmcdKinds.get(key)?.kind;
  switch (kind) {
    case "flag":
      return value === true ? key : `${key}=?0`;
    case "text":
      return `${key}=${quoted(value as string)}`;
    case "texts": {
      const texts = value as readonly string[];
      const [only = ""] = texts;
      return version === 1 ? `${key}=${quoted(only)}` : `${key}=(${texts.map(quoted).join(" ")})`;
    }
    case "numbers": {
      const numbers = value as readonly CmcdNumber[];
      const printed = numbers.map(printNumber);
      return version === 1 ? `${key}=${printed.join("")}` : `${key}=(${printed.join(" ")})`;
    }
    case "count":
    case "rate":
    case "token":
    case undefined:
      return `${key}=${value as number | string}`;
  }
}

const print = (told: Cmcd) =>
  Object.entries(told)
    .filter(([key, value]) => key !== "v" || value !== 1)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => printMember(key, value, told.v))
    .join(",");

const printable = (maxLength: number) => fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength });

function valueOf(kind: CmcdKind, version: number): fc.Arbitrary<CmcdValue> {
  switch (kind.kind) {
    case "numbers": {
      const of = version === 1 ? fc.constant(null) : fc.option(fc.constantFrom(...objectTypes));
      const number = fc.record({ value: fc.nat({ max: 2 ** 31 - 1 }), of });
      return fc.array(number, { minLength: 1, maxLength: version === 1 ? 1 : 8 });
    }
    case "texts":
      return fc.array(printable(Math.min(kind.maxLength, 40)), {
        minLength: 1,
        maxLength: version === 1 ? 1 : 4,
      });
    case "count":
      return fc.nat({ max: 2 ** 31 - 1 });
    case "rate":
      return fc.integer({ min: 0, max: 400 }).map((hundredths) => hundredths / 100);
    case "flag":
      return fc.boolean();
    case "text":
      return printable(Math.min(kind.maxLength, 40));
    case "token":
      return fc.constantFrom(...kind.known);
  }
}

const anyCmcd = fc.constantFrom(1 as const, 2 as const).chain((v) => {
  const model = Object.fromEntries(
    [...cmcdKinds].filter(([key]) => key !== "v").map(([key, kind]) => [key, valueOf(kind, v)]),
  );
  return fc
    .record(model, { requiredKeys: [] })
    .filter((told) => Object.keys(told).length > 0)
    .map((told) => ({ ...told, v }));
});

describe("every way in", () => {
  it("reads what a printer by the standard prints: query, headers and lines, both versions", () => {
    fc.assert(
      fc.property(anyCmcd, fc.nat(3), (told, header) => {
        const text = print(told);
        const name = ["CMCD-Object", "CMCD-Request", "CMCD-Session", "CMCD-Status"][header] ?? "";
        expect(byText(text)).toEqual(told);
        expect(byHeaders({ [name]: text })).toEqual(told);
        expect(byLines(`${text}\n${text}`)).toEqual([told, told]);
      }),
    );
  });

  it("reads the same from JSON, numbers alone or in lists", () => {
    const told = { v: 2, br: [3200], bl: 4000, bs: true, ot: "v", sid: "s", ec: ["404"], pr: 1.25, pt: 12.6 };
    expect(byJson(told)).toEqual([
      { v: 2, br: list(3200), bl: list(4000), bs: true, ot: "v", sid: "s", ec: ["404"], pr: 1.25, pt: 13 },
    ]);
    expect(byJson([told, { v: 2, sta: "p" }])).toHaveLength(2);
  });
});

describe("what the library of hls.js, Shaka and dash.js sends", () => {
  const v1: ToldByLibrary = {
    br: [3200.4],
    bl: [12_345],
    bs: true,
    cid: 'a "film"',
    d: 4004,
    dl: 12_345,
    mtp: [25_412],
    nor: ["../v720/3.m4s"],
    ot: "v",
    pr: 1.5,
    rtp: 12_000,
    sf: "h",
    sid: "6e2fb550-c457-11e9-bb97-0800200c9a66",
    st: "v",
    su: true,
    tb: [6000],
  };
  const readAsV1 = {
    v: 1,
    br: list(3200),
    bl: list(12_300),
    bs: true,
    cid: 'a "film"',
    d: 4004,
    dl: 12_300,
    mtp: list(25_400),
    nor: ["..%2Fv720%2F3.m4s"],
    ot: "v",
    pr: 1.5,
    rtp: 12_000,
    sf: "h",
    sid: "6e2fb550-c457-11e9-bb97-0800200c9a66",
    st: "v",
    su: true,
    tb: list(6000),
  };

  it("version 1, by query and by headers", () => {
    expect(byQuery(toCmcdQuery(v1, { version: 1 }))).toEqual(readAsV1);
    expect(byHeaders(toCmcdHeaders(v1, { version: 1 }) as Record<string, string>)).toEqual(readAsV1);
  });

  it("version 1 as URLSearchParams writes it into a URL that has a query already", () => {
    const reporter = new CmcdReporter({
      sid: "s 1",
      version: 1,
      enabledKeys: ["sid", "br", "bs", "ot"],
      transmissionMode: "query",
    });
    const { url } = reporter.createRequestReport(
      { url: "https://a.example/1.m4s?x=1" },
      { br: [800], ot: "v" },
    );
    expect(url).toContain("s+1");
    expect(byQuery(new URL(url).search.slice(1))).toEqual({ v: 1, br: list(800), ot: "v", sid: "s 1" });
  });

  it("version 2, with lists and new keys", () => {
    const told: ToldByLibrary = { ...v1, v: 2, sta: "p", bsa: [2], ltc: 3000, sn: 7, bg: true };
    const read = {
      ...readAsV1,
      v: 2,
      nor: ["../v720/3.m4s"],
      sta: "p",
      bsa: list(2),
      ltc: 3000,
      sn: 7,
      bg: true,
    };
    expect(byQuery(toCmcdQuery(told))).toEqual(read);
    expect(byHeaders(toCmcdHeaders(told) as Record<string, string>)).toEqual(read);
  });

  it("events, a line each, with the line feed that it puts at the end", async () => {
    const bodies: string[] = [];
    const target = {
      url: "https://a.example/event",
      events: ["ps", "e"],
      enabledKeys: ["e", "ts", "sta", "ec", "bl"],
    };
    const reporter = new CmcdReporter(
      { sid: "s", version: 2, enabledKeys: [], eventTargets: [{ ...target, batchSize: 2 }] } as never,
      (request) => {
        if (typeof request.body === "string") bodies.push(request.body);
        return Promise.resolve({ status: 200 } as never);
      },
    );
    reporter.recordEvent("ps", { sta: "p", ts: 1_800_000_000_000, bl: [9000] });
    reporter.recordEvent("e", { ec: ["fragLoadError"], ts: 1_800_000_000_500 });
    expect(bodies).toHaveLength(1);
    expect(byLines(bodies[0] ?? "")).toEqual([
      { v: 2, e: "ps", sta: "p", ts: 1_800_000_000_000, bl: list(9000) },
      { v: 2, e: "e", ec: ["fragLoadError"], ts: 1_800_000_000_500 },
    ]);
  });

  it("numbers named by what they are of", () => {
    expect(byText("br=(3200;v 128;a),v=2")).toEqual({
      v: 2,
      br: [
        { value: 3200, of: "v" },
        { value: 128, of: "a" },
      ],
    });
    expect(byText(encodeCmcd({ bsa: [1] }))).toEqual({ v: 2, bsa: list(1) });
  });
});

const noiseCharacters = 'bs=ro,;"\\()? 1.-%+&v2CMD\n'.split("");

describe("hostile and broken input", () => {
  it.each([
    ["a number that is none", "bl=abc,br=3200"],
    ["a number below zero", "bl=-5,br=3200"],
    ["a number with too many digits", `bl=${"9".repeat(16)},br=3200`],
    ["an unquoted string", "sid=abc,br=3200"],
    ["a string without its end", 'cid="abc,br=3200'],
    ["a list without its end", "bl=(1 2,br=3200"],
    ["an empty list", "bl=(),br=3200"],
    ["a token that is not one of the standard's", "ot=zz,br=3200"],
    ["a string longer than the standard allows", `sid="${"x".repeat(65)}",br=3200`],
    ["an unknown escape", 'sid="a\\n",br=3200'],
    ["a control character", 'sid="a\u0007",br=3200'],
    ["a flag with a value", "bs=yes,br=3200"],
    ["a key without a value", "sid,br=3200"],
    ["empty members", ",,=,;,br=3200,"],
    ["keys of others and of no one", 'com.example-x="1",constructor=1,__proto__=2,toString=3,br=3200'],
  ])("leaves out %s, and nothing else", (_, text) => {
    expect(byText(text)).toEqual({ v: 1, br: list(3200) });
  });

  it("takes the last of two equal keys", () => {
    expect(byText("br=1,br=2")).toEqual({ v: 1, br: list(2) });
  });

  it("takes the first CMCD parameter, and none that only ends like one", () => {
    expect(byQuery("XCMCD=br%3D1&a=CMCD=9&CMCD=br%3D2&CMCD=br%3D3")).toEqual({ v: 1, br: list(2) });
  });

  it.each(["", "CMCD=", "CMCD=%zz", "CMCD=%ff", "CMCD=v%3D2", "CMCD=x-y%3D1", "cmcd=br%3D1"])(
    "is nothing: %j",
    (query) => {
      expect(byQuery(query)).toBeNull();
    },
  );

  it("reads no version that it does not know, whose keys may mean something else", () => {
    expect(byText("br=1,v=3")).toBeNull();
    expect(byText("br=1,v=0")).toBeNull();
  });

  it("does not look at more than 4,096 characters, 64 keys, 8 items and 100 records", () => {
    expect(byText(`br=1,cid="${"x".repeat(4096)}"`)).toBeNull();
    expect(byText(`${"x=1,".repeat(64)}br=1`)).toBeNull();
    expect(byText(`br=(${"1 ".repeat(20)})`)?.br).toHaveLength(8);
    expect(byJson({ br: Array.from({ length: 20 }, () => 1) })[0]?.br).toHaveLength(8);
    expect(byLines("br=1\n".repeat(500))).toHaveLength(maxRecords);
    expect(byJson(Array.from({ length: 500 }, () => ({ br: 1 })))).toHaveLength(maxRecords);
  });

  it.each([
    null,
    7,
    "br=1",
    [],
    [null, 7],
    {},
    { br: "3200" },
    { br: [null] },
    { bs: 1 },
    { sid: 7 },
    { br: -1 },
  ])("JSON that tells nothing: %j", (body) => {
    expect(byJson(body)).toEqual([]);
  });

  it("never throws, whatever the text", () => {
    const noise = fc.string({ unit: fc.constantFrom(...noiseCharacters), maxLength: 200 });
    fc.assert(
      fc.property(noise, (text) => {
        byText(text);
        byQuery(`CMCD=${text}`);
        byLines(text);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        byJson(body);
      }),
    );
  });
});

describe("carriesCmcd", () => {
  it("sees a parameter of that name and the header that every player sends, and nothing else", () => {
    const none = new Headers();
    expect(carriesCmcd("a=1&CMCD=br%3D1", none)).toBe(true);
    expect(carriesCmcd("", new Headers({ "CMCD-Session": 'sid="a"' }))).toBe(true);
    for (const query of ["", "token=x", "XCMCD=1", "cmcd=1", "a=CMCD="]) {
      expect(carriesCmcd(query, none), query).toBe(false);
    }
  });
});
