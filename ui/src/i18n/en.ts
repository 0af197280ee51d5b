// English: complete, checked against zh.ts by the compiler.
import { processEn } from './process.en'
import type { Messages } from './zh'

export const en: Messages = {
  app: { name: 'Bihuan', line: 'Goals, work, data and evaluation in one closed loop', skip: 'Skip to the content', where: 'Where you are', colon: ': ', list: ', ', comma: ', ' },
  nav: {
    start: 'Start', processes: 'Processes', cockpit: 'Cockpit', tasks: 'My work', items: 'Items', work: 'Work list', indicators: 'Indicators', ledger: 'Ledger', users: 'Users and roles',
    rules: 'Rules', decisions: 'Decisions', feel: 'FEEL console', care: 'Governance', main: 'Main navigation', quick: 'Quick navigation', more: 'More', waiting: '{n} waiting',
  },
  act: {
    again: 'Try again', all: 'All ›', cancel: 'Cancel', close: 'Close', edit: 'Correct', fold: 'Fold', less: 'Only filled fields', more: 'All fields', save: 'Save',
    signOut: 'Sign out', wait: 'One moment…',
  },
  live: { on: 'Live', lost: 'Connection lost, trying again' },
  keys: { title: 'Keyboard', search: 'Search', help: 'This help', escape: 'Close a dialog or a list', submit: 'Send the form being filled' },
  search: {
    title: 'Search', hint: 'Records, items, indicators (pinyin initials too)', hits: 'Results', none: 'Nothing found for “{q}”', how: 'Type a part of a name, or pinyin initials such as sccg.',
    noneHint: 'Try another word, or only two characters of it.',
  },
  signin: {
    title: 'Sign in', user: 'User name', password: 'Password', enter: 'Sign in', show: 'Show', hide: 'Hide', expired: 'Your session has ended; sign in again. What you had not sent is kept as a draft.',
    lost: 'The server cannot be reached at the moment.', foot: 'Names and passwords come from the administrator',
  },
  nowhere: { title: 'No such page', what: 'There is no page at this address', hint: 'The address may be mistyped, or the content has moved.' },
  cockpit: {
    title: '{city} cockpit', asOf: 'Live data · as of {at}', seq: 'entry {n}', counts: 'Counts', items: 'Open items', itemsOpen: 'Items open', itemsRed: 'of them red', tasksMine: 'My tasks', work: 'Work list',
    summary: '{n} indicators, {off} off target', goals: 'Goals', allIndicators: 'All indicators ›', noGoals: 'No goals yet', noGoalsHint: 'Once the reform office has entered the framework, progress and lights appear here by field.',
    turn: 'Whose turn', turnSub: 'who has to act, until when', towns: 'Towns', goal: 'Goal / indicator', progress: 'Progress', light: 'Light', fold: 'Open or fold {name}', dueOn: 'by {day}',
  },
  turn: { red: 'Red', amber: 'Amber', green: 'On time', none: 'Nothing is waiting', noneHint: 'When an indicator leaves its target an item opens by itself, and here it says whose turn it is.' },
  tone: { green: 'Green', amber: 'Amber', red: 'Red', none: 'No light', redN: '{n} off target', amberN: '{n} at risk' },
  ind: {
    sub: 'Open a figure for its trend, its parts, its records and its earlier versions', name: 'Indicator', period: 'Period', now: 'Now', value: 'Value', unit: 'Unit', target: 'Target', targetIs: 'target {v}', prior: 'Year before', gap: 'Distance to target',
    better: 'Direction', is: { higher: 'higher is better', lower: 'lower is better' }, state: 'State', met: 'On target', missed: 'Off target', off: 'off by {gap}', noTarget: 'No target', noValue: 'No data yet', provisional: 'provisional', final: 'final',
    tabs: { all: 'All', off: 'Off target', met: 'On target', none: 'No target' }, find: 'Filter by name', nothing: 'No indicators yet', nothingHint: 'Indicators are declared by applications and appear here once published.',
    noValueSay: 'There is no data for this period yet.', saysMet: '{period} is on target.', saysOff: '{period} is {gap} {u} away from its target.', saysOffPoints: '{period} is {gap} points away from its target.', saysNone: '{period} stands at {v}{u}; no target is set.',
    knownAt: 'as known on {day}', knownNow: 'now', slider: 'As known at:', revised: 'changed on {n} days, last on {day}', notRevised: 'the data have never changed',
    past: 'You see what was known on {day}.', pastNow: ' It is {v}{u} now.', backNow: 'Back to now', trend: 'Trend', trendOff: '{name}: {n} periods off target in a row', pick: 'choose a point to see that period', noSeries: 'Nothing to draw yet', noSeriesHint: 'The trend appears with two periods of data.',
    behind: 'Records behind {period}', noBehind: 'No records behind this period', noBehindHint: 'Choose another period, or enter or import data first.', items: 'Items it has opened', parts: 'Parts', part: 'Part', bar: 'Bar', share: 'Share', definition: 'Definition', formula: 'Formula', uses: 'Data it uses',
  },
  chart: { now: 'this indicator', provisional: 'provisional (hollow, dotted)', asTable: 'Show table', asChart: 'Show chart' },
  item: {
    sub: 'Opened by an indicator, or entered from a meeting, an instruction, an inspection', new: 'New item', asList: 'Query and export', state: 'State', no: 'Number', what: 'Matter', frozenShort: 'At opening', lead: 'Lead', due: 'Due', closedOn: 'closed {day}', none: 'No items', noneHint: 'An indicator that leaves its target opens one by itself; the supervision office may enter one too.',
    states: { all: 'All', open: 'Open', proposed: 'Closing proposed', closed: 'Closed' }, off: 'off by {gap} {unit}', offPoints: 'off by {gap} points', byIndicator: 'Opened by an indicator', byHand: 'Entered by hand', relapse: 'Relapse of an earlier item', history: 'Changes', frozen: 'At opening (frozen)', closing: 'Closes when',
    proposed: 'The number is back on target: closing is proposed and waits for inspection.', yourTurn: 'Your turn: {name}', process: 'Process', processSub: 'the current step is marked', diagram: 'Process diagram', diagramAt: 'Process diagram, current step: {step}', noDiagram: 'The diagram cannot be shown at the moment; work goes on without it.',
    past: 'What happened', pastSub: 'every step is in the ledger, {n} in all', verify: 'Verify the ledger ›', seq: 'ledger no. {n}', grounds: 'Grounds', groundsSub: '{n} records, frozen at opening', trend: 'Trend', whoseTurn: 'Whose turn', noTurn: 'No step is waiting.', noTurnClosed: 'Closed: no step is waiting.', register: 'Particulars', gone: 'There is no such item',
  },
  task: {
    sub: 'By deadline; done right here', which: 'Which', mine: 'Mine', all: 'All open', done: '{name}: sent', closed: 'Done', do: 'Do it', claim: 'I take it', release: 'Put back', claimed: 'taken by {who}', claimedMe: 'taken by you', since: 'since {at}', dueOn: 'due {day}', doneAt: 'done {at}',
    group: { overdue: 'Overdue', today: 'Due today', soon: 'Within three working days', later: 'Later', done: 'Done by me' }, none: 'Nothing to do', noneHint: 'What needs you will appear here by itself.', noneDone: 'Nothing done yet', noneDoneHint: 'Steps you have done are listed here.',
    comment: 'Comment', commentHint: 'Goes into the record of what happened', returnWhy: 'Say why you return it, so that the other knows what to change.', signWhy: 'A signature needs its grounds.', signOffer: 'You may inspect: although the number is not back, you can sign for closing on the evidence.', sign: 'Sign as inspector', doneTab: 'Done by me',
  },
  list: {
    total: '{n} in all', matching: '{n} match', import: 'Import', export: 'Export', new: 'New', search: 'Search (pinyin initials too)', columns: 'Columns', filters: 'Filters', unfilter: 'Remove filter: {what}', addFilter: 'Filter', clear: 'Clear filters', field: 'Field', how: 'Comparison', apply: 'Apply', standard: 'Standard', up: 'Move {name} up', down: 'Move {name} down',
    fresh: 'Something has changed.', reload: 'Refresh', none: 'No {type} yet', noneHint: 'Enter one, or import from xlsx or csv.', noneMay: 'It appears here once somebody enters it.', noMatch: 'Nothing matches', noMatchHint: 'Loosen or clear the filters.', more: 'Load more', end: 'All shown, {n} in all', denied: 'You may not see this', unknown: 'There is no such kind of record', deniedHint: 'Ask the administrator for the role you need.', files: '{n} files',
  },
  op: { eq: 'is', ne: 'is not', lt: 'below', le: 'at most', gt: 'above', ge: 'at least', contains: 'contains', in: 'is', null: 'is empty', notnull: 'is filled' },
  form: {
    asTyped: '“{text}” as typed', new: 'New {type}', correct: 'Correct {name}', must: 'required', pick: 'Type a name or pinyin initials', choices: 'Choices', noChoice: 'No match', clear: 'Clear', yes: 'Yes', no: 'No', year: 'Year', yearIs: '{y}', month: 'Month', quarter: 'Quarter', date: 'Choose a date', masked: 'hidden: you lack the right to see it', addFile: 'Choose files, or drop them here', fileHint: 'up to 20 MB each', fileBig: '{size} is over the limit of 20 MB', removeFile: 'Remove {name}', sending: 'Sending {name}',
    reason: 'Reason', reasonHint: 'Goes into the history', nothing: 'Nothing was changed', created: 'Entered: {name}', corrected: 'Corrected: {name}', kept: 'Kept as a draft until this window is closed', restored: 'What you had not sent was restored.', discard: 'Discard the draft', leaveTitle: 'Not saved yet', leaveText: 'What you typed is kept as a draft and restored when you come back in this window.', leave: 'Leave',
  },
  fault: {
    required: '{name} is missing', number: '{name} must be a number', integer: '{name} must be a whole number', scale: '{name} takes at most {scale} decimals', low: '{name} must be at least {min}', high: '{name} must be at most {max}', long: '{name} takes at most {length} characters',
  },
  record: {
    name: 'Name', open: 'Open', facts: 'Facts', history: 'History', historySub: 'every change is in the ledger', changes: 'Changes', version: 'version {n}', changedAt: 'changed {at}', by: 'entered by {who}', isVoid: 'Void', itemPage: 'Item page', void: 'Void', voidTitle: 'Void this record', voidText: 'A void record no longer counts; it stays in the ledger with its reason.', voided: 'Voided',
  },
  conflict: { title: 'Somebody was quicker', text: '{who} changed this record {at}. Please choose:', field: 'Field', before: 'Before', theirs: 'Theirs', mine: 'Yours', same: 'unchanged', keep: 'Keep mine', take: 'Take theirs', taken: 'Their change was taken' },
  import: {
    title: 'Import {type}', how: 'Choose a csv or xlsx file. It is tried first without writing; then all of it is written, or nothing if one row is wrong.', heads: 'The first row names the fields:', pick: 'Choose a file', other: 'Another file', rows: 'Rows', created: 'New', corrected: 'Corrected', unchanged: 'Unchanged', errors: 'Wrong', nothing: 'These rows are wrong; mend them and choose the file again.', line: 'Line', why: 'Why', partial: 'Leave out the wrong rows and import the rest', commit: 'Import', done: 'Imported: {created} new, {corrected} corrected, {unchanged} unchanged',
  },
  work: { manage: 'Query, import, export', by: 'Group by', view: 'View', views: { board: 'Board', list: 'List', group: 'Groups' }, first: 'the first {n}', none: 'The work list is empty', noneHint: 'Import it from xlsx, or enter it line by line.', noType: 'There is no work list for you', empty: 'None', without: 'no {field}' },
  ledger: {
    sub: 'Every change in order, each chained to the one before: any alteration shows', seq: 'No.', at: 'When', who: 'Who', act: 'Did what', what: 'To what', hash: 'SM3', verify: 'Verify the ledger', verifying: 'Checking every entry…', sound: 'Sound', broken: 'Altered', soundText: '{n} entries checked one by one: the chain holds, nothing was altered.', brokenText: '{n} entries do not fit.', head: 'Head', newest: 'Newest', none: 'The ledger is empty',
  },
  acts: {
    create: 'entered', correct: 'corrected', void: 'voided', read: 'read', export: 'export', import: 'import', task: { complete: 'did a task', claim: 'took a task', release: 'put back a task' }, user: { save: 'saved a user', password: 'changed a password' }, session: { open: 'signed in', close: 'signed out' }, file: { put: 'added a file' }, token: { add: 'issued a token', remove: 'withdrew a token' },
  },
  reach: { own: 'own', org: 'own organisation', all: 'all' },
  admin: {
    sub: 'Who may come in, as what', new: 'New user', users: 'Users', roles: 'Roles', find: 'Filter by name or organisation', name: 'Name', code: 'User name', org: 'Organisation', seen: 'Last seen', never: 'never', active: 'Active', stopped: 'Stopped', mayEnter: 'may sign in', nobody: 'Nobody yet', newPassword: 'New password', keepPassword: 'Leave empty to keep it', saved: 'Saved: {name}', tokens: 'Tokens for programs', tokenTitle: 'Purpose, e.g. “statistics feed”', make: 'Issue', drop: 'Withdraw', once: 'Shown only now; copy it:',
  },
  account: { title: 'My account', password: 'Change password', old: 'Present password', new: 'New password', again: 'Once more', change: 'Change', changed: 'Password changed', differs: 'The two new passwords differ' },
  sites: {
    title: 'All sites', sub: '{n} sites, {open} available; each has its own data and people', enter: 'Enter a site', find: 'Name, pinyin initials or code', count: '{n} sites', name: 'Site', code: 'Code', state: 'State',
    is: { open: 'In order', standby: 'Standing by, read only', cut: 'Cannot be written now', closed: 'Cannot be opened' }, none: 'No such site', noneHint: 'Try another name, pinyin initials or a code.', switch: 'Another site', all: 'All sites ›', hereIs: 'This site: {name}; choose another',
  },
  province: {
    title: 'The province’s cockpit', sub: 'The sites’ figures are added up, then each formula is evaluated once · as of {at}', token: 'Token of the province', tokenHint: 'From whoever runs this server; not asked again for 12 hours.', enter: 'Show', leave: 'Leave the cockpit', closed: 'The province’s cockpit is not open on this server', closedHint: 'Start the server with --province-token: who has the token sees the sums here.',
    total: 'Total', sites: 'Sites', off: '{n} of {of} off target', of: '{of} sites', noSum: 'Reported rate, no sum', silent: '{n} sites did not answer and are not in the sums:',
  },
  dec: {
    sub: 'The rules of the city as tables: who is eligible, which class, when a light turns red; every result names its rule', find: 'Find by name or pinyin initials', count: '{n} decisions', name: 'Decision', inputs: 'Inputs', service: 'decision service', file: 'File', none: 'No decisions yet', noneHint: 'Put a DMN file into the folder of an application and publish it; it then appears here.', noMatchHint: 'Try another name or pinyin initials.', gone: 'There is no such decision',
    logic: 'Decision logic', table: 'Decision table', views: 'Parts of the file', drd: 'Overview', edit: 'Edit', stopEdit: 'Back to reading', download: 'Download XML', editSub: 'Changes stay on this page and do not touch the decision in use', publish: 'Changes here do not take effect by themselves: download the XML, save it as the DMN file in the folder of application {app} (such as {file}), and publish the application again.', undrawn: 'This decision is not a table and cannot be drawn; here is its source.', source: 'Source of the decision',
    check: 'Checks', leaveText: 'The changes have not been downloaded; they are gone when you leave.', checkOld: 'of the published version', sound: 'No fault found', incomplete: 'Checked in part', incompleteText: 'Some cells cannot be compared, or there are too many rules; not everything was checked.', soundText: 'No gaps, no overlaps, every rule can match.', flaw: { gap: 'Gap', overlap: 'Overlap', unreachable: 'Never matches' }, flawText: { gap: 'no rule covers these inputs', overlap: 'more than one rule covers these inputs', unreachable: 'earlier rules cover all of it' },
    mark: { matched: 'Match', overlap: 'Overlap', unreachable: 'Never' }, rule: 'Rule {n}', rules: 'Rules {a} and {b}', ruleOf: '{table} · rule {n}', gives: 'gives', place: 'line {line}, column {column}', null: 'nothing (null)',
    try: 'Try it', trySub: 'computed as you type, nothing is kept', result: 'Result', typeFirst: 'Fill in the inputs; result and matched rules appear at once.', noInputs: 'This decision needs no inputs.', noRule: 'No rule matched.', notGiven: 'Not given', allowed: 'Allowed:', waits: 'Correct “{name}” first.', kept: 'Decisions made', why: 'Why',
    bad: { number: 'A number is expected, such as 1200.5', date: 'A date is expected, such as 2026-01-31', time: 'A time is expected, such as 09:00:00', duration: 'A duration is expected, such as P1Y2M or P3DT4H', moment: 'A date and time is expected', json: 'JSON is expected, such as [1, 2]; text in double quotes', string: 'Text is expected', boolean: 'Choose yes or no' },
  },
  ...processEn,
  feel: {
    sub: 'Write an expression, see its value at once; the engine is the one of decisions, indicators and rules', expression: 'Expression', context: 'Known values', contextSub: 'JSON, a value a name', type: 'Type', run: 'Evaluate and keep', runHint: 'Evaluated as you type; Ctrl+Enter keeps it in the history', wrong: 'Fault in the expression', nothing: 'Write an expression; its value is shown here.', badContext: 'A JSON object is expected, such as {sample}',
    link: 'Link to this', history: 'History', historySub: 'in this window only', noHistory: 'What you keep is listed here; press it to get it back.', examples: 'Examples', of: '{n} of {of}', offers: 'Names and functions to choose from', keys: 'Names and functions are offered as you type; Ctrl+Space lists all, ↑↓ choose, Enter takes',
    kind: { name: 'name', function: 'function', keyword: 'keyword' }, example: { growth: 'Growth on the year', exact: 'Decimal, exact to the last digit', choice: 'Classes', filter: 'Filter, then sum', dates: 'Dates and durations', loop: 'Step by step' },
  },
}
