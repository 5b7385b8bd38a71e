// A program's day with @aws-sdk/client-sfn. Each step prints a line: "ok WHAT", or "FAILED WHAT" and
// why. Environment: SDK (folder of the package), AWS_ENDPOINT and credentials.
import { createRequire } from "node:module";

const sdk = createRequire(import.meta.url)(process.env.SDK);
const client = new sdk.SFNClient({
  endpoint: process.env.AWS_ENDPOINT,
  region: "eu-north-1",
  disableHostPrefix: true, // else sync-127.0.0.1
  maxAttempts: 1,
});
const send = (name, input) => client.send(new sdk[`${name}Command`](input));
const roleArn = "arn:aws:iam::000000000000:role/x";

async function step(what, run) {
  try {
    await run();
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`FAILED ${what}: ${error.name} ${error.message}`);
  }
}
function same(is, should) {
  if (JSON.stringify(is) !== JSON.stringify(should)) {
    throw new Error(`it is ${JSON.stringify(is)} and not ${JSON.stringify(should)}`);
  }
}
async function refused(name, promise) {
  const error = await promise.then(() => undefined, (e) => e);
  same(error?.name, name);
}
async function ended(executionArn) {
  for (let i = 0; i < 200; i++) {
    const x = await send("DescribeExecution", { executionArn });
    if (x.status !== "RUNNING") return x;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it does not end");
}
const make = (name, definition, more = {}) =>
  send("CreateStateMachine", { name, roleArn, definition: JSON.stringify(definition), ...more });

const { activityArn } = await send("CreateActivity", { name: "weigh" });
const task = { Type: "Task", Resource: activityArn, TimeoutSeconds: 300, End: true };
const wait = { StartAt: "A", States: { A: { Type: "Wait", Seconds: 1000, End: true } } };
const pass = { StartAt: "A", States: { A: { Type: "Pass", Result: { n: 1 }, End: true } } };
let weighs;

await step("a state machine is created, described and listed", async () => {
  const made = await make("weighs", { StartAt: "W", States: { W: task } });
  weighs = made.stateMachineArn;
  same(made.creationDate instanceof Date, true);
  const d = await send("DescribeStateMachine", { stateMachineArn: weighs });
  same([d.name, d.type, d.status, d.roleArn], ["weighs", "STANDARD", "ACTIVE", roleArn]);
  const list = await send("ListStateMachines", {});
  same(list.stateMachines.map((m) => m.name).includes("weighs"), true);
  await refused("StateMachineAlreadyExists", make("weighs", pass));
  await refused("InvalidDefinition", make("wrong", { StartAt: "A" }));
});

await step("a worker that waits for an activity is woken and brings the result", async () => {
  const asked = send("GetActivityTask", { activityArn, workerName: "scale" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const started = Date.now();
  const { executionArn } = await send("StartExecution", {
    stateMachineArn: weighs, name: "one", input: '{"kg":7}',
  });
  const { taskToken, input } = await asked;
  same(Date.now() - started < 2000, true);
  same(input, '{"kg":7}');
  await send("SendTaskHeartbeat", { taskToken });
  await send("SendTaskSuccess", { taskToken, output: '{"ok":true}' });
  const x = await ended(executionArn);
  same([x.status, x.output], ["SUCCEEDED", '{"ok":true}']);
  await refused("TaskTimedOut", send("SendTaskSuccess", { taskToken, output: "{}" }));
});

await step("a history is read page by page, and backwards", async () => {
  const executionArn = weighs.replace(":stateMachine:", ":execution:") + ":one";
  const types = [];
  for await (const page of sdk.paginateGetExecutionHistory({ client, pageSize: 2 }, { executionArn })) {
    types.push(...page.events.map((e) => e.type));
  }
  same(types, ["ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted",
    "ActivitySucceeded", "TaskStateExited", "ExecutionSucceeded"]);
  const last = await send("GetExecutionHistory", { executionArn, reverseOrder: true, maxResults: 1 });
  same(last.events[0].executionSucceededEventDetails.output, '{"ok":true}');
});

await step("what failed is redriven and ends well", async () => {
  const { executionArn } = await send("StartExecution", { stateMachineArn: weighs, name: "two" });
  const first = await send("GetActivityTask", { activityArn });
  await send("SendTaskFailure", { taskToken: first.taskToken, error: "Broken", cause: "a spring" });
  const x = await ended(executionArn);
  same([x.status, x.error, x.cause, x.redriveStatus], ["FAILED", "Broken", "a spring", "REDRIVABLE"]);
  const { redriveDate } = await send("RedriveExecution", { executionArn });
  same(redriveDate instanceof Date, true);
  const second = await send("GetActivityTask", { activityArn });
  await send("SendTaskSuccess", { taskToken: second.taskToken, output: "1" });
  const y = await ended(executionArn);
  same([y.status, y.redriveCount], ["SUCCEEDED", 1]);
  await refused("ExecutionNotRedrivable", send("RedriveExecution", { executionArn }));
});

await step("an execution is started once, stopped and listed", async () => {
  const { stateMachineArn } = await make("waits", wait);
  const a = await send("StartExecution", { stateMachineArn, name: "x", input: "{}" });
  const b = await send("StartExecution", { stateMachineArn, name: "x", input: "{}" });
  same(a.executionArn, b.executionArn);
  await refused("ExecutionAlreadyExists",
    send("StartExecution", { stateMachineArn, name: "x", input: "1" }));
  await send("StopExecution", { executionArn: a.executionArn, error: "E", cause: "C" });
  const list = await send("ListExecutions", { stateMachineArn, statusFilter: "ABORTED" });
  same(list.executions.map((x) => x.name), ["x"]);
  same((await send("DescribeStateMachineForExecution", { executionArn: a.executionArn })).name, "waits");
  await send("DeleteStateMachine", { stateMachineArn });
  await refused("StateMachineDoesNotExist", send("StartExecution", { stateMachineArn }));
});

await step("an express execution is waited for", async () => {
  const { stateMachineArn } = await make("fast", pass, { type: "EXPRESS" });
  const x = await send("StartSyncExecution", { stateMachineArn, input: "{}" });
  same([x.status, x.output], ["SUCCEEDED", '{"n":1}']);
  same(x.billingDetails.billedDurationInMilliseconds > 0, true);
});

await step("definitions are validated", async () => {
  const good = await send("ValidateStateMachineDefinition", { definition: JSON.stringify(pass) });
  same([good.result, good.diagnostics], ["OK", []]);
  const bad = await send("ValidateStateMachineDefinition", { definition: '{"StartAt":"A"}' });
  same([bad.result, bad.diagnostics.length > 0], ["FAIL", true]);
});

await step("a state is tried", async () => {
  const definition = JSON.stringify({ Type: "Pass", Parameters: { "b.$": "$.a" }, End: true });
  const x = await send("TestState", { definition, roleArn, input: '{"a":7}' });
  same([x.status, x.output], ["SUCCEEDED", '{"b":7}']);
});

await step("versions and aliases are started", async () => {
  const { stateMachineVersionArn } = await make("stable", pass, { publish: true });
  const { stateMachineAliasArn } = await send("CreateStateMachineAlias", {
    name: "live", routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
  });
  const { executionArn } = await send("StartExecution", { stateMachineArn: stateMachineAliasArn });
  const x = await ended(executionArn);
  same([x.stateMachineVersionArn, x.stateMachineAliasArn],
    [stateMachineVersionArn, stateMachineAliasArn]);
});

await step("tags are kept", async () => {
  await send("TagResource", { resourceArn: weighs, tags: [{ key: "team", value: "blue" }] });
  same((await send("ListTagsForResource", { resourceArn: weighs })).tags,
    [{ key: "team", value: "blue" }]);
  await send("UntagResource", { resourceArn: weighs, tagKeys: ["team"] });
  same((await send("ListTagsForResource", { resourceArn: weighs })).tags, []);
});
console.log("ok the end");
