/** A Spring Boot application that knows WebFlux alone, and nothing of the stack. */
package org.mosstack.frameworks.spring;
