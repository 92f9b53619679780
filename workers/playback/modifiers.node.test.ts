import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modifierNames, noLimits, renditionOrders, type Limits } from "#workers/access/limits.ts";
import { parseModifiers } from "./modifiers.ts";
import { narrow } from "./modifiers-narrow.ts";

function limitsOf(query: string): Limits {
  const parsed = parseModifiers(query);
  if (!parsed.ok) throw new Error(`${query}: ${parsed.reason.detail}`);
  return parsed.value.limits;
}

function faultOf(query: string): string | null {
  const parsed = parseModifiers(query);
  return parsed.ok ? null : parsed.reason.parameter;
}

describe("modifiers of a query", () => {
  test.each<[string, Limits]>([
    ["maxHeight=720", { maxHeight: 720 }],
    ["minHeight=1&maxHeight=65535", { minHeight: 1, maxHeight: 65_535 }],
    ["order=descending", { order: "descending" }],
    ["codecs=avc1,mp4a", { codecs: ["avc1", "mp4a"] }],
    ["codecs=ec-3%2Cfra1,ec-3", { codecs: ["ec-3", "fra1"] }],
    ["audioLanguages=de,pt-br,eng", { audioLanguages: ["de", "pt-BR", "en"] }],
    ["audioLanguages=und", { audioLanguages: ["und"] }],
    ["defaultSubtitles=zh-hant-tw", { defaultSubtitles: "zh-Hant-TW" }],
    ["start=12.5&end=90", { startSeconds: 12.5, endSeconds: 90 }],
    ["end=0.000001", { endSeconds: 0.000_001 }],
    ["start=1%2e5", { startSeconds: 1.5 }],
    ["audioOnly=true", { audioOnly: true }],
    ["audioOnly=false", { audioOnly: false }],
    ["&&maxHeight=720&", { maxHeight: 720 }],
  ])("%s", (query, limits) => {
    expect(limitsOf(query)).toEqual(limits);
  });

  test("are told with their names, in the order of the URL", () => {
    expect(parseModifiers("start=1&token=x&maxHeight=720")).toEqual({
      ok: true,
      value: { limits: { startSeconds: 1, maxHeight: 720 }, given: ["start", "maxHeight"] },
    });
  });

  test("of a query without any are the one empty value, whatever else stands there", () => {
    for (const query of [
      "",
      "token=a.b.c",
      "CMCD=bl%3D1",
      "maxheight=1",
      "maxHeights=1&ax=&=&%",
      "xmaxHeight=2",
    ]) {
      const parsed = parseModifiers(query);
      expect(parsed.ok && parsed.value.limits).toBe(noLimits);
      expect(parsed).toBe(parseModifiers(""));
    }
  });

  test.each([
    [
      "maxHeight",
      ["", "0", "-1", "+720", "720p", "7e2", "0x10", "65536", "9999999999", "720.5", " 720", "NaN"],
    ],
    ["minHeight", ["", "0", "1,2"]],
    ["order", ["", "Ascending", "desc", "toString", "__proto__"]],
    ["codecs", ["", ",", "avc1,", "avc1.64001f", "av%zz", "a b", "x".repeat(17), '"avc1"', "%00avc"]],
    ["audioLanguages", ["", ",", "de,", "en_US", "e", "de%0A", 'en"', "x".repeat(40), "und,,"]],
    ["defaultSubtitles", ["", "de,en", "1", "off!"]],
    [
      "start",
      ["", ".", "1.", ".5", "-1", "1e3", "Infinity", "NaN", "0x1", "1.1234567", "10000001", "1.2.3", "%"],
    ],
    ["end", ["", "0", "0.0", "-0", "10000001"]],
    ["audioOnly", ["", "1", "TRUE", "yes"]],
  ])("%s makes no sense as any of %j, and is refused by its name", (name, values) => {
    for (const value of values) expect(faultOf(`${name}=${value}`), value).toBe(name);
    expect(faultOf(name)).toBe(name);
  });

  test("that are doubled are refused, equal or not, and ours only", () => {
    expect(faultOf("maxHeight=720&maxHeight=720")).toBe("maxHeight");
    expect(faultOf("start=1&end=9&start=2")).toBe("start");
    expect(faultOf("a=1&a=2&maxHeight=720")).toBe(null);
  });

  test("that contradict each other are refused", () => {
    expect(faultOf("minHeight=720&maxHeight=480")).toBe("minHeight");
    expect(faultOf("start=9&end=9")).toBe("end");
    expect(faultOf("end=9&start=9.5")).toBe("end");
  });

  test("with lists longer than any video has are refused", () => {
    const codes = Array.from({ length: 21 }, (_, index) => `ab${10 + index}`);
    expect(faultOf(`codecs=${codes.slice(0, 20).join(",")}`)).toBe(null);
    expect(faultOf(`codecs=${codes.join(",")}`)).toBe("codecs");
    expect(faultOf(`codecs=${"avc1,".repeat(100_000)}avc1`)).toBe("codecs");
    expect(faultOf(`start=${"0".repeat(100_000)}`)).toBe("start");
  });

  test("whatever a query holds, it is read or refused, never thrown at", () => {
    const anyPart = fc.oneof(
      fc.string(),
      fc.constantFrom(...modifierNames, "=", "&", "%", ","),
      fc.constantFrom(...modifierNames.map((name) => `${name}=`)),
    );
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 12 }), (parts) => {
        const parsed = parseModifiers(parts.join(""));
        if (parsed.ok) expect(new Set(parsed.value.given).size).toBe(parsed.value.given.length);
        else expect(modifierNames).toContain(parsed.reason.parameter);
      }),
    );
  });
});

describe("limits of several places", () => {
  const anyLimits: fc.Arbitrary<Limits> = fc.record(
    {
      maxHeight: fc.integer({ min: 1, max: 2000 }),
      minHeight: fc.integer({ min: 1, max: 2000 }),
      codecs: fc.uniqueArray(fc.constantFrom("avc1", "hvc1", "mp4a", "ec-3"), { minLength: 1, maxLength: 4 }),
      order: fc.constantFrom(...renditionOrders),
      startSeconds: fc.integer({ min: 0, max: 100 }),
      endSeconds: fc.integer({ min: 1, max: 100 }),
      audioLanguages: fc.uniqueArray(fc.constantFrom("en", "en-US", "de", "pt-BR"), {
        minLength: 1,
        maxLength: 3,
      }),
      defaultSubtitles: fc.constantFrom("en", "de"),
      audioOnly: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  test("hold all: none of the numbers is wider than it was in any of them", () => {
    fc.assert(
      fc.property(anyLimits, anyLimits, (a, b) => {
        const both = narrow(a, b);
        for (const each of [a, b]) {
          expect(both.maxHeight ?? Infinity).toBeLessThanOrEqual(each.maxHeight ?? Infinity);
          expect(both.minHeight ?? 0).toBeGreaterThanOrEqual(each.minHeight ?? 0);
          expect(both.startSeconds ?? 0).toBeGreaterThanOrEqual(each.startSeconds ?? 0);
          expect(both.endSeconds ?? Infinity).toBeLessThanOrEqual(each.endSeconds ?? Infinity);
          if (each.audioOnly === true) expect(both.audioOnly).toBe(true);
        }
        expect(both.order).toBe(a.order ?? b.order);
        expect(both.defaultSubtitles).toBe(a.defaultSubtitles ?? b.defaultSubtitles);
      }),
    );
  });

  test("of which one is empty are the other, unchanged", () => {
    const some = { maxHeight: 720 };
    expect(narrow(some, noLimits)).toBe(some);
    expect(narrow(noLimits, some)).toBe(some);
    expect(narrow({}, some)).toBe(some);
    expect(narrow(noLimits, noLimits)).toBe(noLimits);
  });

  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["of one kind: what both name", ["avc1", "hvc1"], ["HVC1", "av01"], ["hvc1"]],
    ["of two kinds: each by itself", ["avc1", "mp4a"], ["avc1"], ["avc1", "mp4a"]],
    ["of other kinds: both", ["ec-3"], ["avc1"], ["avc1", "ec-3"]],
    ["of the picture that contradict: nothing, not even sound", ["avc1", "mp4a"], ["hvc1", "mp4a"], []],
    ["of the sound that contradict: nothing", ["avc1", "mp4a"], ["avc1", "ec-3"], []],
    ["that allow nothing: nothing", [], ["avc1"], []],
  ])("codecs %s", (_name, a, b, both) => {
    expect(narrow({ codecs: a }, { codecs: b }).codecs).toEqual(both);
  });

  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["are what both name, in the order of the later", ["de", "en"], ["en", "fr", "de"], ["en", "de"]],
    ["are the narrower of two ranges", ["en", "pt-BR"], ["pt", "en-US"], ["pt-BR", "en-US"]],
    ["of the first stay when the later names none of them", ["de", "en"], ["fr"], ["de", "en"]],
    ["are compared in their canonical spelling", ["deu"], ["DE"], ["de"]],
    ["are tags, not starts of words", ["en"], ["enm"], ["en"]],
  ])("languages %s", (_name, a, b, both) => {
    expect(narrow({ audioLanguages: a }, { audioLanguages: b }).audioLanguages).toEqual(both);
  });
});
