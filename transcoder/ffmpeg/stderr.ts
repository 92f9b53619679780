// FFmpeg's log: warnings and errors are kept, `-benchmark` gives the CPU time, the rest is dropped.
/** What it says before this it says of finding out what the streams are. */
const workBegins = "Stream mapping:";
const tailChars = 8192;
const maxLineChars = 2000;

export function stderrReader() {
  const decoder = new TextDecoder();
  let rest = "";
  let kept = "";
  let cpu = 0;
  let works = false;
  let complained = false;
  const line = (text: string) => {
    const bench = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(text);
    if (bench) cpu = Number(bench[1]) + Number(bench[2]);
    if (text.includes("[info]") && text.includes(workBegins)) works = true;
    if (works && /\[(?:error|fatal|panic)\]/.test(text)) complained = true;
    if (text.includes("[info]") || text.trim() === "") return;
    kept = `${kept}${text.slice(0, maxLineChars)}\n`.slice(-tailChars);
  };
  return {
    push: (bytes: Uint8Array) => {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split(/[\r\n]/);
      rest = (lines.pop() ?? "").slice(0, maxLineChars);
      for (const text of lines) line(text);
    },
    tail: () => (rest === "" ? kept : `${kept}${rest}`).trimEnd(),
    cpuSeconds: () => cpu,
    complained: () => complained,
  };
}
