// What of the package railroad-diagrams is used; it brings no types of its own.
declare module 'railroad-diagrams' {
  export interface Component {
    readonly width: number;
  }
  interface Railroad {
    readonly Diagram: new (items: readonly Component[]) => { format(): { toString(): string } };
    readonly Terminal: new (text: string) => Component;
    readonly NonTerminal: new (text: string) => Component;
    readonly Sequence: new (items: readonly Component[]) => Component;
    readonly Choice: new (normal: number, items: readonly Component[]) => Component;
    readonly Optional: new (item: Component) => Component;
    readonly ZeroOrMore: new (item: Component) => Component;
    readonly OneOrMore: new (item: Component, repeat?: Component) => Component;
  }
  const railroad: Railroad;
  // biome-ignore lint/style/noDefaultExport: it is what a CommonJS module exports.
  export default railroad;
}
