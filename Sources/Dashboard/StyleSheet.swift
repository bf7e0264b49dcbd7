/// The one style sheet of all pages: for light and dark, for a phone and a desk.
public enum StyleSheet {
    /// What is between `<style>` and `</style>`, to the byte: a page's content security policy names its hash.
    public static let text = """
        :root { color-scheme: light dark;
          --page: #f6f6f3; --card: #fff; --text: #1d1f21; --soft: #565b61; --edge: #d5d5cf; --accent: #0b5cad;
          --well: #1a6b3a; --attention: #8a5200; --danger: #b3261e;
          --all: #2e8b57; --some: #c9a227; --one: #d9731a; --none: #b3261e; --empty: #ecece7;
          --l0: #0b5cad; --l1: #b3541e; --l2: #1a7a4c; --l3: #7a3fa0; --l4: #8a6d00; --l5: #b02a6b; }
        @media (prefers-color-scheme: dark) { :root {
          --page: #15171a; --card: #1e2125; --text: #e8e8e4; --soft: #a6abb1; --edge: #383d43; --accent: #7db7f0;
          --well: #6fcf97; --attention: #f0b35a; --danger: #ff8a80;
          --all: #3fae6f; --some: #d9b53a; --one: #ee8a3c; --none: #ff6b5e; --empty: #282c31;
          --l0: #7db7f0; --l1: #f0a070; --l2: #6fcf97; --l3: #c79be6; --l4: #dcc04d; --l5: #f08cba; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 66rem; padding: 1rem 1.25rem 3rem; background: var(--page); color: var(--text);
          font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        a { color: var(--accent); } a:focus-visible, button:focus-visible, input:focus-visible, [tabindex]:focus-visible,
        summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; }
        header nav { display: flex; gap: 1rem; } nav [aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
        h1 { font-size: 1.25rem; margin: .25rem 0; } h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
        h3 { font-size: 1rem; margin: 0 0 .5rem; } .card h2 { margin-top: 0; } p { margin: .5rem 0; } .soft { color: var(--soft); }
        .verdict { font-size: 1.375rem; line-height: 1.35; font-weight: 600; margin: 1rem 0; padding: .75rem 1rem;
          border-left: .375rem solid; background: var(--card); border-radius: .25rem; }
        .well { border-color: var(--well); color: var(--well); } .attention { border-color: var(--attention); color: var(--attention); }
        .danger { border-color: var(--danger); color: var(--danger); }
        .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; }
        .card { background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; padding: 1rem; }
        .card .state { font-weight: 600; margin: 0 0 .5rem; }
        dl { display: grid; grid-template-columns: auto 1fr; gap: .125rem .75rem; margin: 0; }
        dt { color: var(--soft); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; background: var(--card); }
        caption { text-align: left; color: var(--soft); padding: .25rem 0; }
        th, td { text-align: left; padding: .375rem .75rem; border-bottom: 1px solid var(--edge); vertical-align: top; }
        th, td { overflow-wrap: break-word; } th { font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0; padding: 0; }
        .calendar .all { fill: var(--all); } .calendar .some { fill: var(--some); stroke: var(--text); }
        .calendar .one { fill: var(--one); stroke: var(--text); stroke-width: 2; }
        .calendar .none { fill: var(--none); stroke: var(--text); stroke-width: 3; } .calendar .year { fill: var(--empty); }
        svg text { fill: var(--soft); font: 11px system-ui, sans-serif; } svg .name { font-weight: 600; fill: var(--text); }
        svg.calendar { display: block; margin: .25rem 0; } svg.lines { display: block; width: 100%; max-width: 44rem; height: auto; }
        svg .end { text-anchor: end; } .grid { stroke: var(--edge); } polyline { fill: none; stroke-width: 2.5; }
        polygon { opacity: .12; } .line0 { stroke: var(--l0); fill: var(--l0); } .line1 { stroke: var(--l1); fill: var(--l1); stroke-dasharray: 7 3; }
        .line2 { stroke: var(--l2); fill: var(--l2); stroke-dasharray: 2 3; } .line3 { stroke: var(--l3); fill: var(--l3); stroke-dasharray: 9 3 2 3; }
        .line4 { stroke: var(--l4); fill: var(--l4); stroke-dasharray: 4 4; } .line5 { stroke: var(--l5); fill: var(--l5); stroke-dasharray: 12 4; }
        polygon, circle { stroke: none; } summary { cursor: pointer; color: var(--accent); padding: .25rem 0; }
        .sheet { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .75rem;
          grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
        .sheet li { background: var(--card); border: 1px solid var(--edge); border-radius: .375rem; padding: .5rem; font-size: .875rem; }
        .sheet .picture { display: flex; align-items: center; justify-content: center; height: 8rem; margin-bottom: .375rem;
          background: var(--empty); border-radius: .25rem; color: var(--soft); overflow: hidden; }
        .sheet img { max-width: 100%; max-height: 8rem; display: block; } .sheet label { display: flex; gap: .375rem; align-items: flex-start; }
        form.restore { background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; padding: 1rem; }
        input[type=text] { font: inherit; width: 100%; max-width: 34rem; padding: .5rem; border: 1px solid var(--soft); border-radius: .25rem;
          background: var(--page); color: inherit; }
        button { font: inherit; padding: .5rem 1rem; border: 0; border-radius: .25rem; background: var(--accent); color: var(--card);
          cursor: pointer; font-weight: 600; } form.inline { display: inline-block; margin-left: .5rem; } form.inline button { padding: .125rem .625rem; }
        fieldset { border: 0; margin: 0 0 .75rem; padding: 0; } ul.places { margin: .25rem 0; padding-left: 1.25rem; }
        @media (max-width: 30rem) { body { padding: .75rem .75rem 2rem; } .verdict { font-size: 1.125rem; }
          .sheet { grid-template-columns: repeat(2, minmax(0, 1fr)); } th, td { padding: .375rem .375rem; } }
        """
}
