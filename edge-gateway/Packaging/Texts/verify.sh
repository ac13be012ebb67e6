#!/bin/sh
# Checks a BodyCam evidence package without our programs: POSIX sh, coreutils and openssl only.
#   sh verify.sh [--gateway-key FILE] [--checkpoint FILE] [--tsa-ca FILE]
# FILE comes from outside this package: gateway.pem as it was kept elsewhere, a checkpoint that somebody else keeps,
# certificates (PEM) of the time stamp authority's root.
# Exit code: 0 verified, 1 something is broken (the first thing is named), 2 cannot run, 3 consistent in itself, signer not established.
set -u
LC_ALL=C
export LC_ALL
key= anchor= authority=
while [ $# -gt 0 ]; do
    case $1 in
        --gateway-key) key=${2:-}; shift 2 || exit 2 ;;
        --checkpoint) anchor=${2:-}; shift 2 || exit 2 ;;
        --tsa-ca) authority=${2:-}; shift 2 || exit 2 ;;
        *) printf 'usage: sh verify.sh [--gateway-key FILE] [--checkpoint FILE] [--tsa-ca FILE]\n' >&2; exit 2 ;;
    esac
done
for file in "$key" "$anchor" "$authority"; do
    [ -z "$file" ] || [ -r "$file" ] || { printf 'verify.sh: %s cannot be read.\n' "$file" >&2; exit 2; }
done
case $key in ''|/*) ;; *) key=$PWD/$key ;; esac
case $anchor in ''|/*) ;; *) anchor=$PWD/$anchor ;; esac
case $authority in ''|/*) ;; *) authority=$PWD/$authority ;; esac
command -v openssl >/dev/null 2>&1 || { printf 'verify.sh: openssl is missing. Install it.\n' >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

# A file's name may hold codes that a terminal follows.
broken() { printf 'FAILED: %s\n' "$(printf '%s' "$1" | tr -c '\040-\176' '?')"; exit 1; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
# $1 file, $2 offset: four bytes, little-endian
number() { set -- $(od -An -v -tu1 -j "$2" -N 4 "$1"); echo $(($1 + $2 * 256 + $3 * 65536 + $4 * 16777216)); }
# $1 text, $2 name: the value of a member of a flat JSON object
member() { value=${1#*\"$2\":}; case $value in "$1") value= ;; \"*) value=${value#\"}; value=${value%%\"*} ;; *) value=${value%%[,\}]*} ;; esac; printf '%s' "$value"; }
walk() { { [ -r "$1" ] && [ -x "$1" ]; } || printf '%s\n' "${1#./}" >>"$tmp/closed"; for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do if [ -h "$entry" ]; then printf '%s\n' "${entry#./}"; elif [ -d "$entry" ]; then walk "$entry"; elif [ -e "$entry" ]; then printf '%s\n' "${entry#./}"; fi; done; }

# 1. Every file is listed, and every listed file is as listed.
[ -r SHA256SUMS ] || broken 'SHA256SUMS is missing'
cut -c67- SHA256SUMS | sort >"$tmp/listed"
while IFS= read -r name; do
    case $name in ''|/*|../*|*/../*|*/..) broken "SHA256SUMS lists '$name', which leads out of the package" ;; *[!A-Za-z0-9._/-]*) broken "SHA256SUMS lists '$name', a name that no package has" ;; esac
    [ ! -h "$name" ] || broken "$name is a link"
done <"$tmp/listed"
[ "$(tr 'A-Z' 'a-z' <"$tmp/listed" | sort | uniq -d | head -n 1)" = '' ] || broken 'SHA256SUMS lists a file twice'
sha256sum -c SHA256SUMS 2>/dev/null >"$tmp/sums"
while IFS= read -r line; do
    case $line in *': OK') ;; *) broken "${line%%: *} is not what SHA256SUMS says, or is missing" ;; esac
done <"$tmp/sums"
set -- $(wc -l <"$tmp/sums") $(wc -l <"$tmp/listed")
[ "$1" = "$2" ] || broken 'SHA256SUMS has a line that is none'
walk . | sort >"$tmp/present"
[ ! -e "$tmp/closed" ] || broken "$(head -n 1 "$tmp/closed") cannot be looked into, and may hold what is not listed"
# VOLUMES.json is written with the discs, after the package was signed: it proves nothing.
printf 'SHA256SUMS\nSHA256SUMS.sig\nVOLUMES.json\n' | sort - "$tmp/listed" >"$tmp/allowed"
extra=$(comm -13 "$tmp/allowed" "$tmp/present" | head -n 1)
[ -z "$extra" ] || broken "$extra is not listed: it was put here"

# 2. The list is signed by the package's key.
openssl dgst -sha256 -verify gateway.pem -signature SHA256SUMS.sig SHA256SUMS >/dev/null 2>&1 || broken 'the signature over SHA256SUMS does not hold'

# 3. The checkpoint of the log is signed by the same key. $1 note, $2 key
signed() {
    head -n 3 "$1" >"$tmp/text"
    tail -n +5 "$1" >"$tmp/lines"
    while IFS= read -r line; do
        printf '%s' "${line##* }" | base64 -d 2>/dev/null | tail -c +5 >"$tmp/signature"
        openssl dgst -sha256 -verify "$2" -signature "$tmp/signature" "$tmp/text" >/dev/null 2>&1 && return 0
    done <"$tmp/lines"
    return 1
}
spki() { openssl pkey -pubin -in "$1" -outform DER 2>/dev/null | base64 | tr -d '\n'; }
own=$(spki gateway.pem)
if ! signed log/checkpoint gateway.pem; then
    [ -z "$key" ] || [ "$(spki "$key")" = "$own" ] || broken 'the package was signed by another key than the one given'
    broken "the log's checkpoint is not signed by the package's key"
fi
origin=$(head -n 1 log/checkpoint)
size=$(head -n 2 log/checkpoint | tail -n 1)
root=$(head -n 3 log/checkpoint | tail -n 1)

# 4. Each leaf: the record is what it commits to, and it stands in the tree (RFC 9162).
node() { { printf '\001'; printf '%s' "$1" | base64 -d; printf '%s' "$2" | base64 -d; } | openssl dgst -sha256 -binary | base64; }
: >"$tmp/segments"
: >"$tmp/damaged"
segment_path() { printf 'segments/%s/%04d/%06d/%06d\n' "$(member "$1" device)" "$(member "$1" epoch)" "$(member "$1" recording)" "$(member "$1" segment)"; }
leaves=0
: >"$tmp/changes"
for entry in log/leaves/*.entry; do
    [ -e "$entry" ] || break
    stem=${entry%.entry}
    words=$(cat "$entry")
    set -- $(cat "$stem.salt" "$stem.record" | sha256sum)
    [ "${words##* }" = "$1" ] || broken "$stem.record is not what its leaf commits to"
    hash=$({ printf '\000'; cat "$entry"; } | openssl dgst -sha256 -binary | base64)
    while read -r side other; do
        case $side in L) hash=$(node "$other" "$hash") ;; R) hash=$(node "$hash" "$other") ;; *) broken "$stem.proof cannot be read" ;; esac
    done <"$stem.proof"
    [ "$hash" = "$root" ] || broken "the leaf $stem is not proved to stand in the log"
    leaves=$((leaves + 1))
    record=$(cat "$stem.record")
    case $record in '{"type":"segment",'*)
        if [ "$(member "$record" state)" = damaged ]; then segment_path "$record" >>"$tmp/damaged"; else printf '%s %s\n' "$(echo "$words" | cut -d ' ' -f 2)" "$record" >>"$tmp/segments"; fi ;;
    '{"type":"key",'*)
        printf '%s %s\n' "$(echo "$words" | cut -d ' ' -f 2)" "$record" >>"$tmp/changes" ;;
    esac
done

# 5. Which key signed what: the package's own, and those that a proved record of the log says signed before.
pem() { { printf -- '-----BEGIN PUBLIC KEY-----\n'; printf '%s\n' "$1" | fold -w 64; printf -- '-----END PUBLIC KEY-----\n'; } >"$2"; }
by() { printf '%s' "$1" | base64 -d >"$tmp/signature" 2>/dev/null; openssl dgst -sha256 -verify "$2" -signature "$tmp/signature" "$tmp/text" >/dev/null 2>&1; }
: >"$tmp/keys"
latest=
while read -r at record; do
    old=$(member "$record" oldKey) new=$(member "$record" newKey) reason=$(member "$record" reason)
    [ "$(member "$record" size)" = "$at" ] || continue
    [ -z "$latest" ] || [ "$latest" = "$old" ] || continue
    pem "$old" "$tmp/key-$at.pem"
    pem "$new" "$tmp/next.pem"
    printf 'bodycam/v1/key\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n' "$origin" "$at" "$(member "$record" root)" "$reason" "$old" "$new" "$(member "$record" atUs)" >"$tmp/text"
    by "$(member "$record" newSignature)" "$tmp/next.pem" || continue
    [ "$reason" = lost ] || { [ "$reason" = rotated ] && by "$(member "$record" oldSignature)" "$tmp/key-$at.pem"; } || continue
    printf '%s %s %s %s\n' "$at" "$reason" "$old" "$new" >>"$tmp/keys"
    latest=$new
done <"$tmp/changes"
# $1 key: whoever trusts it may trust the package's, as each key that gave way signed for the next.
vouches() {
    trusted=$1
    while read -r _ why from to; do
        [ "$from" = "$trusted" ] && [ "$why" = rotated ] && trusted=$to
    done <"$tmp/keys"
    [ "$trusted" = "$own" ]
}
# $1 leaf: the file of the key that signed then
key_at() {
    while read -r at reason old new; do
        [ "$1" -lt "$at" ] && { printf '%s' "$tmp/key-$at.pem"; return; }
    done <"$tmp/keys"
    printf 'gateway.pem'
}
for file in gateway-*.pem; do
    [ -e "$file" ] || break
    grep_key=$(spki "$file") known=no
    while read -r at reason old new; do [ "$old" = "$grep_key" ] && known=yes; done <"$tmp/keys"
    [ $known = yes ] || broken "$file is no key that the log says signed before"
done

# 6. Anchors from outside: the key, an older or equal state of the log.
established=no
if [ -n "$key" ]; then
    vouches "$(spki "$key")" || broken 'the package was signed by another key than the one given'
    established=yes
fi
octal() { od -An -v -to1 | tr -d '\n' | tr ' ' '\\'; }
pair() { printf "\\001$1$2" | openssl dgst -sha256 -binary | octal; }
text_of() { printf "$1" | base64; }
# Folds the stack of perfect subtrees (newest first) into one root.
fold_stack() { folded=; for top in $stack; do if [ -z "$folded" ]; then folded=$top; else folded=$(pair "$top" "$folded"); fi; done; }
# $1 size, $2 root of an older state: from the hashes of all leaves, which must give the package's root too.
continues_by_hashes() {
    stack= count=0 held=no
    octal <log/leaf-hashes | fold -w 128 >"$tmp/hashes"
    printf '\n' >>"$tmp/hashes"
    while read -r leaf; do
        [ -n "$leaf" ] || continue
        stack="$leaf $stack" odd=$count
        while [ $((odd % 2)) = 1 ]; do
            set -- "$1" "$2" $stack
            merged=$(pair "$4" "$3")
            small=$2 at=$1
            shift 4
            stack="$merged $*"
            set -- "$at" "$small"
            odd=$((odd / 2))
        done
        count=$((count + 1))
        if [ "$count" = "$1" ]; then fold_stack; [ "$(text_of "$folded")" = "$2" ] && held=yes; fi
    done <"$tmp/hashes"
    fold_stack
    [ "$count" = "$size" ] && [ "$(text_of "$folded")" = "$root" ] || broken 'log/leaf-hashes does not give the root of the checkpoint'
    [ $held = yes ]
}
# $1 size, $2 root, $3 proof (RFC 9162, 2.1.4.2)
continues_by_proof() {
    index=$(($1 - 1)) last=$((size - 1)) older= newer= power=$1
    while [ $((power % 2)) = 0 ]; do power=$((power / 2)); done
    [ "$power" = 1 ] && older=$2 newer=$2
    while [ $((index % 2)) = 1 ]; do index=$((index / 2)) last=$((last / 2)); done
    while read -r other; do
        if [ -z "$older" ]; then older=$other newer=$other; continue; fi
        [ $last != 0 ] || return 1
        if [ $((index % 2)) = 1 ] || [ $index = $last ]; then
            older=$(node "$other" "$older") newer=$(node "$other" "$newer")
            while [ $((index % 2)) = 0 ] && [ $index != 0 ]; do index=$((index / 2)) last=$((last / 2)); done
        else
            newer=$(node "$newer" "$other")
        fi
        index=$((index / 2)) last=$((last / 2))
    done <"$3"
    [ $last = 0 ] && [ "$older" = "$2" ] && [ "$newer" = "$root" ]
}
# $1 note: 0 the package's log continues it, 1 it does not, 2 cannot be told here
continues() {
    [ "$(head -n 1 "$1")" = "$origin" ] || return 1
    then_size=$(head -n 2 "$1" | tail -n 1) then_root=$(head -n 3 "$1" | tail -n 1)
    case $then_size in ''|*[!0-9]*|0*) return 2 ;; esac
    [ "$then_size" -le "$size" ] || return 1
    if [ "$then_size" = "$size" ]; then [ "$then_root" = "$root" ]; return; fi
    proof=$(printf 'log/consistency/%09d.proof' "$then_size")
    if [ -r "$proof" ]; then continues_by_proof "$then_size" "$then_root" "$proof"; return; fi
    # One openssl call for each leaf and each node: some seconds for a thousand leaves.
    [ -r log/leaf-hashes ] && [ "$size" -le 20000 ] || return 2
    continues_by_hashes "$then_size" "$then_root"
}
if [ -n "$anchor" ]; then
    continues "$anchor"
    case $? in
        1) broken 'the log in the package does not continue the checkpoint given: it was cut or built anew, or the package is older' ;;
        2) printf 'verify.sh: this script cannot compare the checkpoint given; run: bodycam verify --checkpoint\n' >&2; exit 2 ;;
    esac
    signed "$anchor" gateway.pem && established=yes
    while read -r at reason old new; do
        vouches "$old" && signed "$anchor" "$tmp/key-$at.pem" && established=yes
    done <"$tmp/keys"
fi

# 7. Time stamps: of a state that this log continues, by the authority given.
remarks=
for stamp in log/stamps/*.tsr; do
    [ -e "$stamp" ] || break
    note=${stamp%.tsr}.note
    [ -r "$note" ] || broken "$note is missing"
    continues "$note"
    case $? in
        1) broken "the log in the package does not continue $note" ;;
        2) remarks="$remarks
$stamp: not compared here, run bodycam verify"; continue ;;
    esac
    if [ -z "$authority" ]; then
        remarks="$remarks
$stamp: not checked, give --tsa-ca with the authority's root"
    elif openssl ts -verify -in "$stamp" -data "$note" -CAfile "$authority" -no_check_time >/dev/null 2>&1; then
        remarks="$remarks
$stamp: $(openssl ts -reply -in "$stamp" -text 2>/dev/null | while IFS= read -r line; do case $line in 'Time stamp:'*) printf '%s' "$line" ;; esac; done)"
    else
        broken "$stamp does not stamp $note under the authority given"
    fi
done

# 8. Each segment: bytes, seal and signature are what the log says; the seal covers the bytes.
segments=0
: >"$tmp/spoken"
: >"$tmp/left"
while IFS= read -r record; do
    leaf=${record%% *} record=${record#* }
    path=$(segment_path "$record")
    # Of the journal of other times only the seal is here, with the digests of the blocks in the place of the lines.
    whole=yes
    case $path in */000000/*) [ -e "$path.mkv" ] || [ ! -r "$path.digests" ] || whole=no ;; esac
    [ $whole = no ] || [ -r "$path.mkv" ] && [ -r "$path.seal" ] || broken "$path: the log has it and the package has not"
    set -- "$(member "$record" sha256)"
    [ $whole = no ] || set -- $(sha256sum "$path.mkv")
    [ "$1" = "$(member "$record" sha256)" ] || broken "$path.mkv is not the one in the log"
    digest=$(tail -c +289 "$path.seal" | head -c 32 | hex)
    [ "$digest" = "$(member "$record" sealDigest)" ] || broken "$path.seal is not the one in the log"
    printf 'bodycam/v1/segment\n%s\n%s\n%s\n%s\n' "$digest" "$1" "$(member "$record" state)" "$(member "$record" storedAtUs)" >"$tmp/text"
    member "$record" signature | base64 -d >"$tmp/signature" 2>/dev/null
    openssl dgst -sha256 -verify "$(key_at "$leaf")" -signature "$tmp/signature" "$tmp/text" >/dev/null 2>&1 || broken "$path: the gateway's signature in the log does not hold"
    head -c 288 "$path.seal" >"$tmp/digested"
    if [ $whole = no ]; then
        set -- $(wc -c "$path.digests")
        [ "$1" = $(($(number "$path.seal" 60) * 32)) ] || broken "$path.digests does not have a digest for each block"
        cat "$path.digests" >>"$tmp/digested"
        [ "$(openssl dgst -sha256 -mac HMAC -macopt key:bodycam/v1/seal -binary <"$tmp/digested" | hex)" = "$digest" ] || broken "$path.seal does not cover these digests"
        printf '%s\n' "$path" >>"$tmp/left"
        continue
    fi
    block=$(number "$path.seal" 56)
    set -- $(wc -c "$path.mkv")
    bytes=$1
    [ "$(number "$path.seal" 64)" = "$bytes" ] || broken "$path.seal does not cover $bytes bytes"
    at=0
    while [ $((at * block)) -lt "$bytes" ]; do
        dd if="$path.mkv" bs="$block" skip=$at count=1 2>/dev/null | openssl dgst -sha256 -mac HMAC -macopt key:bodycam/v1/chunk -binary >>"$tmp/digested"
        at=$((at + 1))
    done
    [ "$(openssl dgst -sha256 -mac HMAC -macopt key:bodycam/v1/seal -binary <"$tmp/digested" | hex)" = "$digest" ] || broken "$path.seal does not cover these bytes"
    printf '%s\n' "$path" >>"$tmp/spoken"
    segments=$((segments + 1))
done <"$tmp/segments"
walk segments | while IFS= read -r file; do case $file in *.mkv) printf '%s\n' "${file%.mkv}" ;; esac; done | sort >"$tmp/files"
extra=$(sort "$tmp/spoken" | comm -13 - "$tmp/files" | head -n 1)
[ -z "$extra" ] || broken "$extra: no leaf of the log speaks of it"
walk segments | while IFS= read -r file; do case $file in *.digests) printf '%s\n' "${file%.digests}" ;; esac; done | sort >"$tmp/files"
extra=$(sort "$tmp/left" | comm -13 - "$tmp/files" | head -n 1)
[ -z "$extra" ] || broken "$extra.digests stands for nothing that is left out"

# 9. Each recording: segments 1 to n, each naming the one before, the last one final and counting them.
for folder in segments/*/*/*; do
    [ -d "$folder" ] || continue
    case $folder in */000000) continue ;; esac
    before= expected=1 last=
    for seal in "$folder"/*.seal; do
        [ -e "$seal" ] || broken "$folder has no seal"
        while [ "$(number "$seal" 48)" -gt $expected ]; do
            missing=$(printf '%s/%06d' "$folder" $expected) damaged=no
            while read -r path; do [ "$path" = "$missing" ] && damaged=yes; done <"$tmp/damaged"
            [ $damaged = yes ] || broken "$folder: segment $expected is missing"
            remarks="$remarks
$missing: the log has it as damaged on arrival, so the package is without it"
            before= expected=$((expected + 1))
        done
        flags=$(($(od -An -v -tu1 -j 6 -N 1 "$seal")))
        if [ -n "$before" ] && [ "$(tail -c +225 "$seal" | head -c 32 | hex)" != "$before" ]; then
            [ $((flags / 8 % 2)) = 1 ] || broken "$seal does not name the seal before it"
            remarks="$remarks
$seal: the chain starts anew here, the recorder had lost the seal before it"
        fi
        before=$(tail -c +289 "$seal" | head -c 32 | hex)
        expected=$((expected + 1)) last=$seal
    done
    if [ $((flags / 2 % 2)) = 1 ]; then
        [ "$(number "$last" 148)" = $((expected - 1)) ] || broken "$folder: its final seal counts $(number "$last" 148) segments, the package has $((expected - 1))"
    else
        remarks="$remarks
$folder: completeness not yet shown, there is no final seal"
    fi
done

# 10. No recording of the same activity is left out that a shift manifest names.
opening='{"recording":'
for journal in segments/*/*/000000; do
    [ -d "$journal" ] || continue
    for seal in "$journal"/*.seal; do
        set -- $(od -An -v -tu1 -j 5 -N 1 "$seal")
        [ "$1" = 4 ] || continue
        { tr -c '[:print:]' '\n' <"${seal%.seal}.mkv"; echo; } >"$tmp/manifest"
        while IFS= read -r line; do
            case $line in *"$opening"*) line=$opening${line#*"$opening"} ;; *) continue ;; esac
            folder=${journal%/000000}/$(printf '%06d' "$(member "$line" recording)")
            activity=$(member "$line" activity)
            [ -d "$folder" ] && continue
            for other in "${journal%/000000}"/*; do
                case $other in */000000) continue ;; esac
                for first in "$other"/*.seal; do
                    [ -r "$first" ] && [ "$(number "$first" 52)" = "$activity" ] && broken "$folder belongs to the same activity by the recorder's shift manifest and is not in the package"
                    break
                done
            done
        done <"$tmp/manifest"
    done
done

# 11. The device journal: what tells of the recordings' time is whole, and its numbers close.
# $1 seal, $2 offset: where the boot and its microseconds stand in one order; a boot lasts less than 115 days.
moment() { printf '%s' $(($(number "$1" 136) * 10000000000000 + $(number "$1" "$2") + $(number "$1" $(($2 + 4))) * 4294967296)); }
# $1 number: every number from the expected one up to it is here, or the log has it as damaged.
closes() {
    while [ "$expected" -lt "$1" ]; do
        missing=$(printf '%s/000000/%06d' "$epoch" "$expected") damaged=no
        while read -r path; do [ "$path" = "$missing" ] && damaged=yes; done <"$tmp/damaged"
        [ $damaged = yes ] || broken "$missing belongs to the journal of activity $activity and is not in the package"
        expected=$((expected + 1))
    done
}
kind() { set -- $(od -An -v -tu1 -j 5 -N 1 "$1"); printf '%s' "$1"; }
for epoch in segments/*/*; do
    [ -d "$epoch" ] || continue
    # Of each activity its first moment and its last.
    : >"$tmp/times"
    for seal in "$epoch"/*/*.seal; do
        case $seal in */000000/*) continue ;; esac
        [ -e "$seal" ] || continue
        printf '%s %s %s\n' "$(number "$seal" 52)" "$(moment "$seal" 88)" "$(moment "$seal" 96)" >>"$tmp/times"
    done
    : >"$tmp/journal"
    for seal in "$epoch"/000000/*.seal; do
        [ -e "$seal" ] || continue
        printf '%s %s %s %s\n' "$(number "$seal" 48)" "$(kind "$seal")" "$(moment "$seal" 88)" "${seal%.seal}" >>"$tmp/journal"
    done
    sort -n "$tmp/journal" >"$tmp/ordered"
    while read -r at what start stem; do
        case $what in 3|4) [ ! -r "$stem.mkv" ] || { tr -c '[:print:]' '\n' <"$stem.mkv"; echo; } >"$tmp/lines-$at" ;; esac
    done <"$tmp/ordered"
    cut -d ' ' -f 1 "$tmp/times" | sort -nu >"$tmp/activities"
    while read -r activity; do
        from= to=
        while read -r which start end; do
            [ "$which" = "$activity" ] || continue
            [ -n "$from" ] && [ "$from" -le "$start" ] || from=$start
            [ -n "$to" ] && [ "$to" -ge "$end" ] || to=$end
        done <"$tmp/times"
        # First: the one being written at the start; last: the first that began after the end, or the manifest that speaks of it.
        first= last= beyond=
        while read -r at what start stem; do
            [ "$what" = 2 ] || continue
            [ "$start" -gt "$from" ] || first=$at
            [ "$start" -ge "$to" ] || last=$at
            [ "$start" -lt "$to" ] || [ -n "$beyond" ] || beyond=$at
        done <"$tmp/ordered"
        first=${first:-1}
        [ -n "$last" ] && [ "$last" -ge "$first" ] || last=$first
        [ -z "$beyond" ] || [ "$beyond" -le "$last" ] || last=$beyond
        for folder in "$epoch"/*; do
            case $folder in */000000) continue ;; esac
            for seal in "$folder"/*.seal; do break; done
            [ -e "$seal" ] && [ "$(number "$seal" 52)" = "$activity" ] || continue
            while read -r at what start stem; do
                [ "$what" = 4 ] && [ -r "$stem.mkv" ] || continue
                named=no
                while IFS= read -r line; do
                    case $line in *"$opening$(number "$seal" 44),"*) named=yes ;; esac
                done <"$tmp/lines-$at"
                [ $named = yes ] || continue
                [ "$at" -le "$last" ] || last=$at
                beyond=$at
                break
            done <"$tmp/ordered"
        done
        while read -r at what start stem; do
            [ "$what" = 3 ] && [ -r "$stem.mkv" ] || continue
            while IFS= read -r line; do
                case $line in *'"event":"announced"'*) ;; *) continue ;; esac
                folder=$epoch/$(printf '%06d' "$(member "$line" recording)")
                [ "$(member "$line" activity)" != "$activity" ] || [ -d "$folder" ] || broken "$folder was announced in the same activity and is not in the package"
            done <"$tmp/lines-$at"
        done <"$tmp/ordered"
        [ -s "$tmp/ordered" ] || last=0
        expected=$first before=
        while read -r at what start stem; do
            # What the one before tells of ends where the next begins.
            [ -z "$before" ] || [ "$what" != 2 ] || { [ "$start" -le "$from" ] || broken "$before: only its seal is here, and it tells of the time of activity $activity"; before=; }
            [ "$at" -ge "$first" ] && [ "$at" -le "$last" ] || continue
            closes "$at"
            expected=$((at + 1))
            [ -r "$stem.mkv" ] && continue
            [ "$what" = 2 ] || broken "$stem: only the seal of an announcement or a manifest is here"
            [ "$start" -ge "$to" ] || before=$stem
        done <"$tmp/ordered"
        closes $((last + 1))
        [ -z "$before" ] || broken "$before: only its seal is here, and it tells of the time of activity $activity"
        [ -n "$beyond" ] || remarks="$remarks
$epoch activity $activity: completeness not yet shown, the device journal does not go on beyond its end"
    done <"$tmp/activities"
done
[ ! -s "$tmp/left" ] || remarks="$remarks
of these journal segments, which tell of other times, only the seals are here: $(sort "$tmp/left" | tr '\n' ' ')"

printf '%s segments, %s leaves of the log checked.%s\n' "$segments" "$leaves" "$remarks"
if [ $established = yes ]; then
    printf 'Verified.\n'
    exit 0
fi
printf 'Consistent in itself; signer not established. Give --gateway-key or --checkpoint from outside this package.\n'
exit 3
