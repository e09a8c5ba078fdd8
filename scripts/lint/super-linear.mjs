// A lint rule: no regular expression may take more than linear time, whatever it is given. scslre finds those that do; Node and its
// parser of expressions need no more of ESLint.
import { analyse } from 'scslre';

const rule = {
  create(context) {
    return {
      Literal(node) {
        if (node.regex === undefined) return;
        const { pattern, flags } = node.regex;
        for (const { type, exponential } of analyse({ source: pattern, flags }).reports) {
          const how = exponential ? 'exponential' : 'more than linear';
          context.report({
            node,
            message: `This expression can take ${how} time (${type}): write a small parser, or bound it.`,
          });
        }
      },
      NewExpression(node) {
        if (node.callee.name === 'RegExp' && node.arguments[0]?.type !== 'Literal')
          context.report({
            node,
            message: 'An expression that is put together cannot be checked: write it as a literal.',
          });
      },
    };
  },
};

export default { meta: { name: 'expressions' }, rules: { 'super-linear': rule } };
