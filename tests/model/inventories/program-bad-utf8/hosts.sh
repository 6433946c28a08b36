#!/bin/sh
printf '{"w\351b": []}'
