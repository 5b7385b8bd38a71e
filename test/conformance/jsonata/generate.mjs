// Expressions of JSONata made from a seed: mostly of fitting types, so that they come to something,
// now and then not. Left out is what the reference does by accident: `.` and [^a] match half of a
// character beyond U+FFFF, [*] in front of a path finds a mark of its own, and a regular expression
// left of ?: never comes to an end, or to another one.

const INPUT = {
    n: 7,
    f: 2.5,
    neg: -3,
    s: 'Hello wörld 😀',
    e: '',
    t: true,
    z: null,
    a: [3, 1, 2, 2],
    w: ['b', 'a', 'c', 'a'],
    m: [1, 'x', null, true, [2, [3]], { k: 1 }],
    one: [9],
    none: [],
    o: { x: 1, y: 'two', q: { r: [1, 2], s: { x: 5 } } },
    list: [
        { id: 1, tag: 'a', v: 10, sub: [{ p: 1 }, { p: 2 }], note: { c: 'red' } },
        { id: 2, tag: 'b', v: 5.5, sub: [{ p: 3 }] },
        { id: 3, tag: 'a', v: 10, sub: [], note: { c: 'blue' } },
        { id: 4, tag: 'c', sub: { p: 4 } },
    ],
    nest: [[1, 2], [3], [], [[4, 5], 6]],
    date: '2018-03-23T10:33:36.617Z',
};

export class Generator {
    constructor(seed) {
        this.state = seed >>> 0;
        this.names = [];
    }

    // mulberry32
    random() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }

    below(n) {
        return Math.floor(this.random() * n);
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    chance(p) {
        return this.random() < p;
    }

    next() {
        this.names = [];
        if (this.chance(0.25)) return { expr: this.picture(), input: INPUT };
        const kinds = ['number', 'text', 'truth', 'array', 'object', 'path'];
        return { expr: this.any(2 + this.below(3), kinds), input: INPUT };
    }

    any(depth, kinds = ['number', 'text', 'truth', 'array', 'object', 'path', 'odd']) {
        return this[this.pick(kinds)](depth);
    }

    // Of the wanted kind, but for one in twelve.
    want(kind, depth) {
        return this.chance(0.08) ? this.any(depth - 1) : this[kind](depth - 1);
    }

    odd(depth) {
        return this.pick(['nothing', 'null', '$', '$$', '[]', '{}', '()', '$sum', '""', '0', '%.n',
            '$nope', 'function($x){$x}', '/a/', '-1', '1e10', '0.1', '$$.list']);
    }

    variable(kind, depth) {
        const known = this.names.filter((v) => v.kind === kind);
        return known.length ? this.pick(known).name : this[kind](depth);
    }

    block(kind, depth) {
        const other = this.pick(['number', 'text', 'array']);
        const name = '$v' + this.names.length;
        const value = this[other](depth - 1);
        this.names.push({ name, kind: other });
        const body = this.chance(0.5) ? this[kind](depth - 1) : this.variable(kind, depth - 1);
        this.names.pop();
        return `(${name} := ${value}; ${body})`;
    }

    characters(alphabet, most) {
        let out = '';
        for (let i = this.below(most + 1); i > 0; i--) out += this.pick([...alphabet]);
        return JSON.stringify(out);
    }

    written() {
        const digits = () => String(this.below(10 ** (1 + this.below(9))));
        const sign = this.chance(0.3) ? '-' : '';
        return sign + this.pick([digits(), `${digits()}.${digits()}`, `0.${digits()}`, `0.000${digits()}`,
            `${digits()}e${this.below(25) - 12}`, `${digits()}.5`]);
    }

    // Anything that reads or prints by a picture, with pictures of any characters.
    picture() {
        const number = this.written();
        const zone = this.pick(['', '', ', "+0100"', ', "-0330"', ', "0"']);
        const ms = this.pick([String(this.below(4e12)), '-' + this.below(1e14), number]);
        const marker = () => `[${this.pick([...'YMDdFWwXxHhPmsfZzCEQ'])}${this.pick(['', '', '1', '01', '001', '0001', 'n', 'N',
            'Nn', 'w', 'Ww', 'W', 'I', 'i', 'a', 'A', '1o', 'wo', '01t', '01:01', '0', '#1', 'x'])}${this.pick(['', '', '', ',2', ',2-2', ',*-3', ',3-3', ',4'])}]`;
        const date = () => {
            let out = '';
            for (let i = 1 + this.below(4); i > 0; i--) out += marker() + this.pick(['', '-', ' ', ':', '/', ', ']);
            return JSON.stringify(out);
        };
        const whole = this.pick([this.characters('0123#,.:;o ', 8), `"${this.integerPicture()}"`,
            this.characters('#,0', 9), this.characters('#,0:٠', 7)]);
        const fixed = date();
        return this.pick([
            () => `$formatNumber(${number}, ${this.characters('0#,.', 9)})`,
            () => `$formatNumber(${number}, ${this.characters('00##,.;e%‰x-', 9)})`,
            () => `$formatNumber(${number}, ${this.characters('0#.,', 5)} & "e" & ${this.characters('0', 3)})`,
            () => `$formatNumber(${number}, ${this.characters('0*,.:', 8)}, {"digit": "*", "decimal-separator": ":", "zero-digit": ${this.pick(['"0"', '"\u0660"', '"a"'])}, "minus-sign": "~"})`,
            () => `$formatInteger(${number}, ${whole})`,
            () => `$parseInteger($formatInteger(${number}, ${whole}), ${whole})`,
            () => `$parseInteger(${this.characters('0123,. -xoneIVX', 8)}, ${whole})`,
            () => `$fromMillis(${ms}, ${date()}${zone})`,
            () => `$toMillis($fromMillis(${this.below(4e12)}, ${fixed}${zone}), ${fixed})`,
            () => `$toMillis("${this.below(3000)}-${this.below(14)}-${this.below(33)}", "[Y]-[M]-[D]")`,
            () => `$toMillis("${1900 + this.below(200)}-0${1 + this.below(9)}-${10 + this.below(22)}${this.pick(['', 'T10:11:12', 'T23:59:59.5Z', 'T00:00:00+0130'])}")`,
            () => `$round(${number}, ${this.below(13) - 6})`,
            () => `$formatBase(${number}, ${2 + this.below(35)})`,
            () => `$string(${number} / ${1 + this.below(1000)})`,
            () => `$string(${number} * ${this.written()})`,
            () => `$number(${this.characters('0123456789.-+eExob', 7)})`,
            () => `$substring(${this.text(0)}, ${this.written()}, ${this.written()})`,
            () => `$pad(${this.text(0)}, ${this.below(40) - 20}, ${this.text(0)})`,
            () => `$${this.pick(['base64decode', 'decodeUrl', 'decodeUrlComponent'])}(${this.characters('aZ09+/=%2FE4é ', 12)})`,
        ])();
    }

    number(depth) {
        if (depth <= 0)
            return this.pick(['1', '2', '0', '-1', '3.5', '10', 'n', 'f', 'neg', '0.1', '1e3', 'o.x',
                'list[0].v', 'a[1]', '$count(a)']);
        const n = () => this.want('number', depth);
        const t = () => this.want('text', depth);
        const a = () => this.numbers(depth - 1);
        return this.pick([
            () => `${n()} ${this.pick(['+', '-', '*', '/', '%'])} ${n()}`,
            () => `(${n()} ${this.pick(['+', '-', '*'])} ${n()})`,
            () => `-${this.number(0)}`,
            () => `$${this.pick(['abs', 'floor', 'ceil', 'round', 'sqrt'])}(${n()})`,
            () => `$round(${n()}, ${this.pick(['0', '1', '2', '-1'])})`,
            () => `$power(${n()}, ${this.pick(['2', '0', '-1', '0.5'])})`,
            () => `$${this.pick(['sum', 'max', 'min', 'average', 'count'])}(${a()})`,
            () => `$length(${t()})`,
            () => `$number(${this.pick([t(), `$string(${n()})`])})`,
            () => `${this.truth(depth - 1)} ? ${n()} : ${n()}`,
            () => `$reduce(${a()}, function($p, $q) { $p ${this.pick(['+', '-', '*'])} $q })`,
            () => `function($x) { $x ${this.pick(['+', '*'])} ${n()} }(${n()})`,
            () => `$toMillis(${this.pick(['date', '"2020-02-29"', '"1999"'])})`,
            () => `$parseInteger($formatInteger(${n()}, "${this.integerPicture()}"), "${this.integerPicture()}")`,
            () => `${a()}[${n()}]`,
            () => this.block('number', depth),
        ])();
    }

    integerPicture() {
        return this.pick(['0', '#,##0', '000', 'w', 'W', 'Ww', 'w;o', '0;o', 'I', 'i', 'A', 'a',
            '#:#0,00', '٠']);
    }

    numberPicture() {
        return this.pick(['0', '#', '#,##0.00', '00.0', '0.###', '#0%', '0.0e0', '00e00', '#.#',
            '0;(0)', '#,###.##', '0.0‰', '$0', '0,00,0', '.0', '#e0', 'x0y', '0x0', '']);
    }

    datePicture() {
        const parts = ['[Y]', '[Y0001]', '[M01]', '[M]', '[MNn]', '[MN,3-3]', '[D]', '[D1o]', '[D01]',
            '[d]', '[FNn]', '[F]', '[F1]', '[W]', '[w]', '[X]', '[x]', '[xNn]', '[H01]', '[h]', '[P]',
            '[PN]', '[m]', '[s]', '[f001]', '[Z]', '[z]', '[Z0]', '[Z01:01t]', '[YI]', '[Dw]', '[Y,2-2]',
            '-', ' ', 'T', '[[', ']]', '[C]', '[E]', '[Q]', '[YN]'];
        let out = '';
        for (let i = 1 + this.below(5); i > 0; i--) out += this.pick(parts);
        return out;
    }

    regex() {
        return this.pick(['/l/', '/[a-z]+/', '/(o)(r)?/', '/\\s/', '/\\d+/', '/L/i', '/^H/',
            '/(?:l|o)/', '/ö/', '/(a)|(b)/', '/\\w+$/', '/😀/']);
    }

    text(depth) {
        if (depth <= 0)
            return this.pick(['"a"', '"Hello"', 's', 'e', 'o.y', 'list[1].tag', '"x,y,z"', '"12"',
                '"å😀é"', 'w[0]', "'q'", 'list.note.c[0]', '" pad "']);
        const n = () => this.want('number', depth);
        const t = () => this.want('text', depth);
        return this.pick([
            () => `${t()} & ${this.any(depth - 1)}`,
            () => `$${this.pick(['uppercase', 'lowercase', 'trim', 'string', 'base64encode',
                'encodeUrlComponent', 'encodeUrl'])}(${t()})`,
            () => `$string(${this.any(depth - 1)})`,
            () => `$substring(${t()}, ${n()})`,
            () => `$substring(${t()}, ${n()}, ${n()})`,
            () => `$substring${this.pick(['Before', 'After'])}(${t()}, ${t()})`,
            () => `$pad(${t()}, ${this.pick(['12', '-12', '3', '0'])}, ${t()})`,
            () => `$join(${this.texts(depth - 1)}, ${t()})`,
            () => `$replace(${t()}, ${this.pick([t(), this.regex()])}, ${this.pick([t(), '"<$0>"', '"$1$$$2"'])})`,
            () => `$replace(${t()}, ${this.regex()}, function($m) { $uppercase($m.match) & $m.start })`,
            () => `$formatNumber(${n()}, "${this.numberPicture()}")`,
            () => `$formatBase(${n()}, ${this.pick(['2', '16', '36', n()])})`,
            () => `$formatInteger(${n()}, "${this.integerPicture()}")`,
            () => `$fromMillis(${this.pick(['0', '1521801216617', '951782400000', n()])}, "${this.datePicture()}"${this.chance(0.3) ? ', "+0530"' : ''})`,
            () => `$type(${this.any(depth - 1)})`,
            () => `${t()} ~> $${this.pick(['uppercase', 'trim', 'string', 'lowercase'])}`,
            () => `${this.truth(depth - 1)} ? ${t()} : ${t()}`,
            () => `${this.text(0)} ${this.pick(['?:', '??'])} ${t()}`,
            () => `${this.texts(depth - 1)}[${n()}]`,
            () => this.block('text', depth),
        ])();
    }

    truth(depth) {
        if (depth <= 0) return this.pick(['true', 'false', 't', 'n = 7', '$exists(s)', 'f > 2']);
        const n = () => this.want('number', depth);
        const t = () => this.want('text', depth);
        return this.pick([
            () => `${n()} ${this.pick(['<', '<=', '>', '>=', '=', '!='])} ${n()}`,
            () => `${t()} ${this.pick(['<', '>', '=', '!='])} ${t()}`,
            () => `${this.any(depth - 1)} = ${this.any(depth - 1)}`,
            () => `(${this.truth(depth - 1)} ${this.pick(['and', 'or'])} ${this.truth(depth - 1)})`,
            () => `$not(${this.any(depth - 1)})`,
            () => `$boolean(${this.any(depth - 1)})`,
            () => `$exists(${this.any(depth - 1)})`,
            () => `$contains(${t()}, ${this.pick([t(), this.regex()])})`,
            () => `${this.any(depth - 1)} in ${this.array(depth - 1)}`,
        ])();
    }

    numbers(depth) {
        if (depth <= 0) return this.pick(['a', 'list.v', '[1..4]', 'one', 'none', 'list.sub.p', 'o.q.r']);
        const a = () => this.numbers(depth - 1);
        return this.pick([
            () => `[${this.want('number', depth)}, ${this.want('number', depth)}]`,
            () => `${a()}.($ ${this.pick(['+', '*', '-'])} ${this.number(depth - 2)})`,
            () => `$map(${a()}, function($x${this.pick(['', ', $i', ', $i, $l'])}) { $x * 2 })`,
            () => `$filter(${a()}, function($x) { $x > ${this.number(depth - 2)} })`,
            () => `$sort(${a()}${this.pick(['', ', function($l, $r) { $l < $r }'])})`,
            () => `${a()}^(${this.pick(['$', '>$', '<$', '-$'])})`,
            () => `${a()}[$ ${this.pick(['>', '<', '='])} ${this.number(depth - 2)}]`,
            () => `$append(${a()}, ${a()})`,
            () => `$distinct(${a()})`,
            () => `$reverse(${a()})`,
            () => `[${this.number(0)}..${this.number(0)}]`,
            () => `${a()}[[0..1]]`,
        ])();
    }

    texts(depth) {
        if (depth <= 0) return this.pick(['w', 'list.tag', '["p", "q"]', '$keys(o)', 'list.note.c']);
        const t = () => this.want('text', depth);
        return this.pick([
            () => `[${t()}, ${t()}]`,
            () => `$split(${t()}, ${this.pick([t(), this.regex(), '""'])}${this.pick(['', ', 2', ', 0'])})`,
            () => `$match(${t()}, ${this.regex()}${this.pick(['', ', 1'])}).match`,
            () => `$map(${this.texts(depth - 1)}, $uppercase)`,
            () => `${this.texts(depth - 1)}.($ & ${t()})`,
            () => `$sort(${this.texts(depth - 1)})`,
            () => `$distinct(${this.texts(depth - 1)})`,
        ])();
    }

    array(depth) {
        if (depth <= 0) return this.pick(['a', 'w', 'm', 'none', 'one', 'nest', 'list', '[1, "a"]', 'm[4]']);
        const a = () => this.array(depth - 1);
        return this.pick([
            () => this.numbers(depth),
            () => this.texts(depth),
            () => `[${this.any(depth - 1)}, ${this.any(depth - 1)}]`,
            () => `[${this.any(depth - 1)}]`,
            () => `$append(${a()}, ${this.any(depth - 1)})`,
            () => `$zip(${a()}, ${a()})`,
            () => `$spread(${this.object(depth - 1)})`,
            () => `$each(${this.object(depth - 1)}, function($v, $k) { $k & $v })`,
            () => `$match(${this.text(depth - 1)}, ${this.regex()})`,
            () => `${a()}[${this.number(depth - 1)}]`,
            () => `${a()}[]`,
            () => `${a()}.$`,
            () => `$map(${a()}, $${this.pick(['string', 'type', 'boolean', 'exists', 'count', 'not'])})`,
            () => `$reverse(${a()})`,
            () => `$distinct(${a()})`,
            () => `$lookup(${a()}, "${this.pick(['tag', 'k', 'sub'])}")`,
        ])();
    }

    object(depth) {
        if (depth <= 0) return this.pick(['o', 'list[0]', 'o.q', '{}', '{"a": 1}', 'list[3].sub']);
        const o = () => this.object(depth - 1);
        return this.pick([
            () => `{"a": ${this.any(depth - 1)}, "b": ${this.any(depth - 1)}}`,
            () => `{${this.want('text', depth)}: ${this.any(depth - 1)}}`,
            () => `$merge([${o()}, ${o()}])`,
            () => `$sift(${o()}, function($v, $k) { ${this.pick(['$k > "b"', '$v', '$type($v) = "number"'])} })`,
            () => `list{tag: ${this.pick(['v', '$sum(v)', 'id', 'sub.p', '$count($)', 'note'])}}`,
            () => `list{${this.pick(['tag', '$string(id)', 'note.c', 'tag & id'])}: ${this.any(depth - 2)}}`,
            () => `${o()} ~> |${this.pick(['$', 'x', 'q', 'sub', 'q.s', '**'])}|{"new": ${this.any(depth - 2, ['number', 'text', 'truth'])}}${this.pick(['', ', "x"', ', ["y", "r"]'])}|`,
            () => `$clone(${o()})`,
        ])();
    }

    step(depth) {
        return this.pick(['list', 'o', 'sub', 'p', 'tag', 'v', 'x', 'q', '*', '**', 'id', 'note', 'c', 'm',
            'nest', 'a', '%', '$', `(${this.any(depth - 1)})`, '`y`', `{"k": ${this.pick(['v', 'id', '$', 'tag'])}}`,
            `[${this.pick(['v', 'id', '$', 'tag', 'sub.p'])}]`, '$string()', '$type($)', '$count($)']);
    }

    stage(depth) {
        return this.pick(['', '', '', '[0]', '[-1]', '[]', '[1]', `[${this.pick(['v > 5', 'id = 2', 'tag = "a"',
            'p', 'note', '$', 'x = 1', 'sub', '[0..1]', '$count(sub) > 1'])}]`, `[${this.any(depth - 2)}]`,
            '#$i', '@$j', '#$i[$i > 0]', '^(v)', '^(>id, tag)', '^(tag, <v)']);
    }

    path(depth) {
        let out = this.pick(['list', 'list', 'o', 'nest', 'm', 'a', 'w', '$', '$$', '*', '**']);
        for (let i = this.below(4); i >= 0; i--) out += this.stage(depth) + '.' + this.step(depth);
        out += this.stage(depth);
        return this.chance(0.1) ? out + `{${this.pick(['tag', '$string(id)', '"k"'])}: ${this.pick(['v', '$', 'id'])}}` : out;
    }
}
