# cmake -DIN=FILE -DOUT=FILE.c -DNAME=symbol -P embed.cmake: a text as a C string.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "(char)0x\\1," bytes "${hex}")
file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {${bytes}'\\0'};\n")
