// A progress bar on a terminal; a line every ten percent elsewhere.

export interface Progress {
  update(fraction: number, note?: string): void;
  done(note: string): void;
}

const barWidth = 30;

export function progress(label: string): Progress {
  const terminal = process.stdout.isTTY;
  let lastTenth = -1;
  return {
    update(fraction, note = "") {
      const share = Math.max(0, Math.min(1, fraction));
      const percent = `${Math.floor(share * 100)} %`.padStart(5);
      if (terminal) {
        const filled = Math.round(share * barWidth);
        const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
        process.stdout.write(`\r\u001B[2K${label.padEnd(8)} ${bar} ${percent}  ${note}`);
        return;
      }
      const tenth = Math.floor(share * 10);
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      process.stdout.write(`${label} ${percent.trim()} ${note}\n`);
    },
    done(note) {
      process.stdout.write(terminal ? `\r\u001B[2K${label.padEnd(8)} ${note}\n` : `${label} ${note}\n`);
    },
  };
}
