// The only file that imports what the SDK does not publish: an upgrade of the SDK has to be checked here. (Workflow code has its own, `workflows/recover/resets.ts`, and so have the threads of workflows, `workflow-thread.ts`.)
export { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
export { decodeTypedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes.js';
export { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
export { tsToDate, tsToMs } from '@temporalio/common/lib/time.js';
