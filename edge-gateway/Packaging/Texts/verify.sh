#!/bin/sh
# Checks a BodyCam evidence package without our programs: POSIX sh, coreutils and openssl only.
#   sh verify.sh [--gateway-key FILE] [--checkpoint FILE]
# FILE comes from outside this package: gateway.pem as it was kept elsewhere, a checkpoint that somebody else keeps.
# Exit code: 0 verified, 1 something is broken (the first thing is named), 2 cannot run, 3 consistent in itself, signer not established.
set -u
LC_ALL=C
export LC_ALL
key= anchor=
while [ $# -gt 0 ]; do
    case $1 in
        --gateway-key) key=${2:-}; shift 2 || exit 2 ;;
        --checkpoint) anchor=${2:-}; shift 2 || exit 2 ;;
        *) printf 'usage: sh verify.sh [--gateway-key FILE] [--checkpoint FILE]\n' >&2; exit 2 ;;
    esac
done
for file in "$key" "$anchor"; do
    [ -z "$file" ] || [ -r "$file" ] || { printf 'verify.sh: %s cannot be read.\n' "$file" >&2; exit 2; }
done
case $key in ''|/*) ;; *) key=$PWD/$key ;; esac
case $anchor in ''|/*) ;; *) anchor=$PWD/$anchor ;; esac
command -v openssl >/dev/null 2>&1 || { printf 'verify.sh: openssl is missing. Install it.\n' >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

broken() { printf 'FAILED: %s\n' "$1"; exit 1; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
# $1 file, $2 offset: four bytes, little-endian
number() { set -- $(od -An -v -tu1 -j "$2" -N 4 "$1"); echo $(($1 + $2 * 256 + $3 * 65536 + $4 * 16777216)); }
# $1 text, $2 name: the value of a member of a flat JSON object
member() { value=${1#*\"$2\":}; case $value in "$1") value= ;; \"*) value=${value#\"}; value=${value%%\"*} ;; *) value=${value%%[,\}]*} ;; esac; printf '%s' "$value"; }
walk() { for entry in "$1"/*; do if [ -d "$entry" ]; then walk "$entry"; elif [ -e "$entry" ]; then printf '%s\n' "${entry#./}"; fi; done; }

# 1. Every file is listed, and every listed file is as listed.
[ -r SHA256SUMS ] || broken 'SHA256SUMS is missing'
sha256sum -c SHA256SUMS 2>/dev/null >"$tmp/sums"
while IFS= read -r line; do
    case $line in *': OK') ;; *) broken "${line%%: *} is not what SHA256SUMS says, or is missing" ;; esac
done <"$tmp/sums"
cut -c67- SHA256SUMS | sort >"$tmp/listed"
walk . | sort >"$tmp/present"
printf 'SHA256SUMS\nSHA256SUMS.sig\n' | sort - "$tmp/listed" >"$tmp/allowed"
extra=$(comm -13 "$tmp/allowed" "$tmp/present" | head -n 1)
[ -z "$extra" ] || broken "$extra is not listed: it was put here"
[ "$(sort "$tmp/listed" | uniq -d | head -n 1)" = '' ] || broken 'SHA256SUMS lists a file twice'

# 2. The list is signed by the package's key, and that is the key from outside.
openssl dgst -sha256 -verify gateway.pem -signature SHA256SUMS.sig SHA256SUMS >/dev/null 2>&1 || broken 'the signature over SHA256SUMS does not hold'
established=no
if [ -n "$key" ]; then
    given=$(openssl pkey -pubin -in "$key" -outform DER 2>/dev/null | sha256sum)
    [ "$given" = "$(openssl pkey -pubin -in gateway.pem -outform DER 2>/dev/null | sha256sum)" ] || broken 'the package was signed by another key than the one given'
    established=yes
fi

# 3. The checkpoint of the log is signed by the same key.
checkpoint() { head -n 3 "$1" >"$tmp/text"; line=$(tail -n +5 "$1" | head -n 1); printf '%s' "${line##* }" | base64 -d 2>/dev/null | tail -c +5 >"$tmp/signature"; openssl dgst -sha256 -verify gateway.pem -signature "$tmp/signature" "$tmp/text" >/dev/null 2>&1; }
checkpoint log/checkpoint || broken "the log's checkpoint is not signed by the package's key"
size=$(head -n 2 log/checkpoint | tail -n 1)
root=$(head -n 3 log/checkpoint | tail -n 1)
if [ -n "$anchor" ]; then
    [ "$(head -n 2 "$anchor" | tail -n 1)" = "$size" ] || broken "the checkpoint given is not of $size leaves: this script compares equal sizes only; run: bodycam verify --checkpoint"
    [ "$(head -n 3 "$anchor" | tail -n 1)" = "$root" ] || broken 'the log in the package is not the log of the checkpoint given'
    checkpoint "$anchor" && established=yes
fi

# 4. Each leaf: the record is what it commits to, and it stands in the tree (RFC 9162).
node() { { printf '\001'; printf '%s' "$1" | base64 -d; printf '%s' "$2" | base64 -d; } | openssl dgst -sha256 -binary | base64; }
: >"$tmp/segments"
leaves=0
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
        [ "$(member "$record" state)" = damaged ] || printf '%s\n' "$record" >>"$tmp/segments" ;;
    esac
done

# 5. Each segment: bytes, seal and signature are what the log says; the seal covers the bytes.
segments=0
: >"$tmp/spoken"
while IFS= read -r record; do
    path=$(printf 'segments/%s/%04d/%06d/%06d' "$(member "$record" device)" "$(member "$record" epoch)" "$(member "$record" recording)" "$(member "$record" segment)")
    [ -r "$path.mkv" ] && [ -r "$path.seal" ] || broken "$path: the log has it and the package has not"
    set -- $(sha256sum "$path.mkv")
    [ "$1" = "$(member "$record" sha256)" ] || broken "$path.mkv is not the one in the log"
    digest=$(tail -c +289 "$path.seal" | head -c 32 | hex)
    [ "$digest" = "$(member "$record" sealDigest)" ] || broken "$path.seal is not the one in the log"
    printf 'bodycam/v1/segment\n%s\n%s\n%s\n%s\n' "$digest" "$1" "$(member "$record" state)" "$(member "$record" storedAtUs)" >"$tmp/text"
    member "$record" signature | base64 -d >"$tmp/signature" 2>/dev/null
    held=no
    for pem in gateway.pem gateway-*.pem; do
        [ -r "$pem" ] && openssl dgst -sha256 -verify "$pem" -signature "$tmp/signature" "$tmp/text" >/dev/null 2>&1 && held=yes
    done
    [ $held = yes ] || broken "$path: the gateway's signature in the log does not hold"
    block=$(number "$path.seal" 56)
    set -- $(wc -c "$path.mkv")
    bytes=$1
    [ "$(number "$path.seal" 64)" = "$bytes" ] || broken "$path.seal does not cover $bytes bytes"
    head -c 288 "$path.seal" >"$tmp/digested"
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

# 6. Each recording: segments 1 to n, each naming the one before, the last one final and counting them.
remarks=
for folder in segments/*/*/*; do
    [ -d "$folder" ] || continue
    case $folder in */000000) continue ;; esac
    before= expected=1 last=
    for seal in "$folder"/*.seal; do
        [ "$(number "$seal" 48)" = $expected ] || broken "$folder: segment $expected is missing"
        [ -z "$before" ] || [ "$(tail -c +225 "$seal" | head -c 32 | hex)" = "$before" ] || broken "$seal does not name the seal before it"
        before=$(tail -c +289 "$seal" | head -c 32 | hex)
        expected=$((expected + 1)) last=$seal
    done
    set -- $(od -An -v -tu1 -j 6 -N 1 "$last")
    if [ $(($1 / 2 % 2)) = 1 ]; then
        [ "$(number "$last" 148)" = $((expected - 1)) ] || broken "$folder: its final seal counts $(number "$last" 148) segments, the package has $((expected - 1))"
    else
        remarks="$remarks
$folder: completeness not yet shown, there is no final seal"
    fi
done

# 7. No recording of the same activity is left out that a shift manifest names.
opening='{"recording":'
for journal in segments/*/*/000000; do
    [ -d "$journal" ] || continue
    for seal in "$journal"/*.seal; do
        set -- $(od -An -v -tu1 -j 5 -N 1 "$seal")
        [ "$1" = 4 ] || continue
        tr -c '[:print:]' '\n' <"${seal%.seal}.mkv" >"$tmp/manifest"
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

printf '%s segments, %s leaves of the log checked.%s\n' "$segments" "$leaves" "$remarks"
if [ $established = yes ]; then
    printf 'Verified.\n'
    exit 0
fi
printf 'Consistent in itself; signer not established. Give --gateway-key or --checkpoint from outside this package.\n'
exit 3
