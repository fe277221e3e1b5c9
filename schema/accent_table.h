/*
 * Base letters of accented Latin letters, one character for each code point from the first of
 * a range on; a blank where there is none. Made from the canonical decompositions of Unicode.
 */
#pragma once

/* clang-format off */
/* U+00C0 to U+024F */
static const char accents_latin[] =
	"aaaaaa ceeeeiiii nooooo  uuuuy  aaaaaa ceeeeiiii nooooo  uuuuy y"
	"aaaaaaccccccccdd  eeeeeeeeeegggggggghh  iiiiiiiii   jjkk llllll "
	"   nnnnnn   oooooo  rrrrrrsssssssstttt  uuuuuuuuuuuuwwyyyzzzzzz "
	"                                oo             uu               "
	"             aaiioouuuuuuuuuu aaaa    ggkkoooo  j   gg  nnaa    "
	"aaaaeeeeiiiioooorrrruuuusstt  hh      aaeeooooooooyy            "
	"                ";

/* U+1E00 to U+1EFF */
static const char accents_additional[] =
	"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
	"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
	"wwwwwwwwwwxxxxyyzzzzzzhtwy      aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
	"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy      ";
/* clang-format on */
