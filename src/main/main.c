/* The command line's table: every command, its arguments and options. */
#include "main/city.h"

static const struct verb verbs[] = {
    {"serve", NULL, 0, 0, "serves the city over HTTP", verb_serve,
     {CITY_OPTIONS, {"port", "N", "default 8330"}, {"host", "ADDRESS", "default 127.0.0.1"},
      {"clock", "ISO8601", "time starts there"}, {"origin", "URL", "the address people use, when a proxy stands before"}}},
    {"check", "DIR…", 1, ARGS_MAX, "type-checks declarations: file:line:column: message", verb_check, {{0}}},
    {"plan", NULL, 0, 0, "what publishing these declarations would change in the database", verb_plan, {CITY_OPTIONS}},
    {"test", "DIR…", 1, ARGS_MAX, "runs the scenarios of applications", verb_test,
     {{"apps", "DIR", "applications that they need (default: the folder above)"}}},
    {"import", "APP.TYPE FILE", 2, 2, "csv or xlsx into a type, upserted by natural key", verb_import,
     {CITY_OPTIONS, {"dry-run", NULL, "say what would happen"}, {"partial", NULL, "import the good rows"},
      {"json", NULL, "print the result as JSON"}, {"clock", "ISO8601", "when it is said to happen"}, {"as", "USER", "who does it"}}},
    {"export", "APP.TYPE FILE", 2, 2, "csv, xlsx or json by the file's ending", verb_export,
     {CITY_OPTIONS, {"where", "FEEL", "only records for which it holds"}}},
    {"query", "INDICATOR", 1, 1, "an indicator's value, series, breakdown, or the records behind it", verb_query,
     {CITY_OPTIONS, {"org", "O", "organisation (default: the city)"}, {"period", "P", "2022-05, 2022Q2, 2022"},
      {"by", "D", "breakdown by a dimension"}, {"as-known-at", "DATE", "as known at the end of that day"},
      {"records", NULL, "the records behind it"}, {"json", NULL, "print JSON"}}},
    {"feel", "EXPRESSION", 1, 1, "evaluates FEEL", verb_feel, {{"context", "FILE.json", "names it may use"}}},
    {"audit", NULL, 0, 0, "proves the five invariants", verb_audit, {CITY_OPTIONS}},
    {"ledger export", "FILE", 1, 1, "the ledger as text that sh and openssl can check", verb_ledger_export, {CITY_OPTIONS}},
    {"ledger verify", "[FILE]", 0, 1, "the chain of a database, or of an export, without the server", verb_ledger_verify,
     {{"db", "URL", "the database"}}},
    {"backup", "FILE", 1, 1, "a consistent copy while it runs", verb_backup, {{"db", "URL", "the database"}}},
    {"restore", "FILE", 1, 1, "a backup into a new database, checked", verb_restore, {{"db", "URL", "the new database"}}},
    {"setup", NULL, 0, 0, "creates the database with reference data", verb_setup,
     {CITY_OPTIONS, {"demo", NULL, "and the demonstration city"}, {"password", "TEXT", "of the demonstration's users"}}},
    {"user", "CODE", 1, 1, "adds or changes a user", verb_user,
     {CITY_OPTIONS, {"name", "NAME", "as shown"}, {"org", "KEY", "organisation"}, {"roles", "LIST", "separated by commas"},
      {"password", "TEXT", "at least 12 characters"}}},
    {"openapi", NULL, 0, 0, "prints the OpenAPI document of the declarations", verb_openapi,
     {{"apps", "DIR", "folder of the applications (default: apps)"}}},
    {"bench records", NULL, 0, 0, "records per second beside the same rows without an engine", verb_bench_records,
     {{"records", "N", "how many (default 50000)"}, {"batch", "N", "a transaction (default 500)"},
      {"apps", "DIR", "default apps"}, {"keep", "FILE", "keep the database there"}}},
    {"bench indicators", NULL, 0, 0, "cell deltas beside SQL upserts", verb_bench_indicators, {{0}}},
    {"bench http", NULL, 0, 0, "durable writes and lists through HTTP", verb_bench_http,
     {{"records", "N", "in the database before (default 100000)"}, {"seconds", "N", "each figure (default 5)"},
      {"apps", "DIR", "default apps"}}},
    {"bench feel", "FILE.json", 1, 1, "expressions per second, each result checked", verb_bench_feel, {{0}}},
};

int main(int argc, char **argv)
{
    return args_run(verbs, COUNTOF(verbs), argc, argv);
}
