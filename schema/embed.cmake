# Write the SQL files as C string literals, one line of SQL per literal, into a
# table that migrate.c reads: { "0001-policy.sql", "..." }, in order of their names.
list(SORT FILES)
set(TEXT "#include \"schema/migrate.h\"\n\nconst struct pchat_migration_text pchat_migration_texts[] = {\n")
foreach(FILE ${FILES})
	get_filename_component(NAME ${FILE} NAME)
	file(READ ${FILE} SQL)
	string(REPLACE "\\" "\\\\" SQL "${SQL}")
	string(REPLACE "\"" "\\\"" SQL "${SQL}")
	string(REPLACE "\n" "\\n\"\n\t\t\"" SQL "${SQL}")
	string(APPEND TEXT "\t{ \"${NAME}\",\n\t\t\"${SQL}\" },\n")
endforeach()
string(APPEND TEXT "\t{ 0 }\n};\n")
file(WRITE ${OUT} "${TEXT}")
