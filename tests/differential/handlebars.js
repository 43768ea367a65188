// SPDX-License-Identifier: MIT
// Renders with the reference implementation: one JSON object {template, data} a line on stdin, one
// {text} or {error} a line on stdout. The folder with node_modules is the first argument.
'use strict';
const path = require('path');
const home = path.join(process.argv[2], 'node_modules', 'handlebars');
const handlebars = require(home);
const lines = require('readline').createInterface({ input: process.stdin });

const isTrue = (value) => !handlebars.Utils.isEmpty(value) && value !== 0;
const helpers = {
    eq: (a, b) => a === b,
    ne: (a, b) => a !== b,
    gt: (a, b) => Number(a) > Number(b),
    lte: (a, b) => Number(a) <= Number(b),
    and: (a, b) => isTrue(a) && isTrue(b),
    or: (a, b) => isTrue(a) || isTrue(b),
    not: (a) => !isTrue(a),
    trim: (text) => text.trim(),
    to_upper_case: (text) => text.toUpperCase(),
    replace: (text, from, to) => text.split(from).join(to),
    raw: (options) => options.fn(),
};
for (const [name, helper] of Object.entries(helpers)) handlebars.registerHelper(name, helper);

// Unescaped, Handlebars adds what stands first with `+`, so that two booleans become a number. Every
// tag is compiled as an escaped one instead, with an escape that only makes text of its value.
const utils = require(path.join(home, 'dist', 'cjs', 'handlebars', 'utils'));
utils.escapeExpression = (value) => (value === null || value === undefined ? '' : String(value));
class Escaping extends handlebars.Visitor {
    MustacheStatement(mustache) {
        mustache.escaped = true;
        super.MustacheStatement(mustache);
    }
}
const render = (template, data) => {
    const program = handlebars.parse(template);
    new Escaping().accept(program);
    return handlebars.compile(program)(data);
};

lines.on('line', (line) => {
    const { template, data } = JSON.parse(line);
    let answer;
    try {
        answer = { text: render(template, data) };
    } catch (error) {
        answer = { error: String(error.message) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
});
