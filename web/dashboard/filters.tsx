// Fields above a list that say what is listed. They stand in the address, so that it can be reloaded and sent on.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { withFilters } from "./filter.ts";

const typingMs = 250;

export interface Filters {
  readonly valueOf: (name: string) => string;
  readonly set: (name: string, value: string) => void;
  /** As `set`, once they who type have stopped. */
  readonly type: (name: string, value: string) => void;
}

export function useFilters(search: string, go: (search: string) => void): Filters {
  const given = new URLSearchParams(search);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Fields that are changed before the first of them took effect take effect together.
  const changes = useRef<Readonly<Record<string, string>>>({});
  const latest = useRef({ search, go });
  latest.current = { search, go };
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = (): void => {
    clearTimeout(timer.current);
    const next = withFilters(latest.current.search, changes.current);
    changes.current = {};
    latest.current.go(next);
  };
  const note = (name: string, value: string): void => {
    changes.current = { ...changes.current, [name]: value };
    clearTimeout(timer.current);
  };
  return {
    valueOf: (name) => given.get(name) ?? "",
    set: (name, value) => {
      note(name, value);
      apply();
    },
    type: (name, value) => {
      note(name, value.trim());
      timer.current = setTimeout(apply, typingMs);
    },
  };
}

export function FilterBar({ children }: { children: ComponentChildren }) {
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      {children}
    </form>
  );
}

interface FilterProps {
  readonly of: Filters;
  readonly name: string;
  readonly label: string;
}

export function TextFilter({ of, name, label }: FilterProps) {
  const field = useRef<HTMLInputElement>(null);
  const value = of.valueOf(name);
  useEffect(() => {
    // A link has changed it; whoever types is not interrupted.
    if (field.current !== null && field.current !== document.activeElement) field.current.value = value;
  }, [value]);
  return (
    <label>
      <span>{label}</span>
      <input
        ref={field}
        type="search"
        defaultValue={value}
        onInput={(event) => of.type(name, event.currentTarget.value)}
      />
    </label>
  );
}

export function DayFilter({ of, name, label }: FilterProps) {
  return (
    <label>
      <span>{label}</span>
      <input
        type="date"
        value={of.valueOf(name)}
        onChange={(event) => of.set(name, event.currentTarget.value)}
      />
    </label>
  );
}

interface ChoiceFilterProps extends FilterProps {
  readonly any: string;
  readonly choices: readonly (readonly [value: string, label: string])[];
}

export function ChoiceFilter({ of, name, label, any, choices }: ChoiceFilterProps) {
  const value = of.valueOf(name);
  // What is not there any more, such as a revoked key, may be looked for all the same.
  const unknown = value !== "" && !choices.some(([each]) => each === value);
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => of.set(name, event.currentTarget.value)}>
        <option value="">{any}</option>
        {unknown && <option value={value}>{value}</option>}
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
