#!/bin/sh
# The namespace, and the search attributes that leads are filtered by. Run again it changes nothing.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the command itself.
set -eu

: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}"

patiently() {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
      "$@"  # once more, to show what it says
      exit 1
    fi
    sleep 2
  done
}

patiently temporal operator cluster health

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" \
    --retention "${TEMPORAL_RETENTION:-30d}" --description "Leads"
fi

attributes="LeadStage=Keyword LeadPersona=Keyword LeadSegment=Keyword LeadChannel=Keyword LeadOwner=Keyword
  LeadScore=Int LeadSlaDue=Datetime LeadPolicy=Keyword"
for attribute in $attributes; do
  if ! temporal operator search-attribute list 2>/dev/null | grep -qw "${attribute%=*}"; then
    patiently temporal operator search-attribute create --name "${attribute%=*}" --type "${attribute#*=}"
  fi
done

# The server learns of a new attribute within a minute, and refuses leads that carry it until then.
for attribute in $attributes; do
  patiently temporal workflow count --query "${attribute%=*} IS NULL"
done

echo "Namespace $TEMPORAL_NAMESPACE is ready."
